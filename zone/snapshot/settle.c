#include "zone/snapshot/settle.h"

#include "base/fd.h"
#include "base/log.h"
#include "fs/change.h"
#include "host/ask.h"
#include "host/event.h"
#include "zone/snapshot/snapshot.h"

/* ---- deleted ---- */

static void on_dropped(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	struct snapshots *s = z->snapshots;
	fd_close(&fd);
	s->working = false;
	if (reply->err.code != 0) {
		log_warn("%s: delete what a snapshot has left: %s", z->l.obj.name, reply->err.text);
		return; /* until it has run again, or a daemon starts */
	}
	for (uint32_t i = 0; i < s->dropping.depth; i++)
		layers_remove(&s->layers, s->dropping.layers[i]);
	change_save(&z->l.obj);
	layers_settle(z);
	if (!s->working)
		event_emit(&z->l.obj, z->kind->dir, "freed", "");
}

static void layers_ask(struct zone *z, enum helper_op op, uint32_t into,
    const struct helper_stack *stack, helper_done *done)
{
	struct helper_layers q = {.id = z->l.obj.id, .into = into, .stack = *stack};
	helper_ask(op, &q, sizeof(q), NULL, 0, done, z);
}

/* ---- merged ---- */

static int act_commit(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct snapshots *s = z->snapshots;
	layers_keep(z);
	if (zone_runs(z) || s->booted || !layers_merged(&s->layers, s->upper, s->lower, s->into))
		return 0; /* the new layer stays dead */
	snapshots_move(z, s->upper, s->into);
	return 0;
}

static void answer_commit(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	z->snapshots->working = false;
	layers_end(z, true);
}

static void not_committed(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct snapshots *s = z->snapshots;
	snapshots_move(z, s->into, s->upper);
	s->working = false;
	s->stuck = true;
	layers_end(z, false);
}

static void on_merged(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	struct snapshots *s = z->snapshots;
	fd_close(&fd);
	if (reply->err.code == 0) {
		layers_begin(z);
		change_start(&(struct change){.obj = &z->l.obj,
		    .what = "snapshot",
		    .act = act_commit,
		    .answer = answer_commit,
		    .failed = not_committed});
		return;
	}
	log_warn("%s: merge what a snapshot has left: %s", z->l.obj.name, reply->err.text);
	s->working = false;
	s->stuck = true;
	layers_settle(z);
}

/* The stack from the upper of the pair down. */
static void merge_stack(struct snapshots *s, struct helper_stack *stack)
{
	const uint32_t top = s->layers.top;
	s->layers.top = s->upper;
	layers_stack(&s->layers, stack);
	s->layers.top = top;
}

/* The number is on disk before the layer, so that the next daemon deletes it. */
static int act_reserve(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct snapshots *s = z->snapshots;
	layers_keep(z);
	return layers_add(&s->layers, LAYER_NONE, true, &s->into);
}

static void answer_reserve(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct snapshots *s = z->snapshots;
	struct helper_stack stack;
	merge_stack(s, &stack);
	if (stack.depth >= 2 && stack.depth < LAYERS && stack.layers[1] == s->lower &&
	    !zone_runs(z) && !z->removing)
		layers_ask(z, HELPER_LAYERS_MERGE, s->into, &stack, on_merged);
	else
		s->working = false; /* the pair is another's by now */
	layers_end(z, true);
}

static void not_reserved(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	z->snapshots->working = false;
	z->snapshots->stuck = true;
	layers_end(z, false);
}

static void merge_begin(struct zone *z)
{
	z->snapshots->working = true;
	z->snapshots->booted = false;
	layers_begin(z);
	change_start(&(struct change){.obj = &z->l.obj,
	    .what = "snapshot",
	    .act = act_reserve,
	    .answer = answer_reserve,
	    .failed = not_reserved});
}

void layers_settle(struct zone *z)
{
	struct snapshots *s = z->snapshots;
	if (s->working || s->changes > 0 || zone_runs(z) || z->removing)
		return;
	layers_dead(&s->layers, &s->dropping);
	if (s->dropping.depth > 0) {
		s->working = true;
		layers_ask(z, HELPER_LAYERS_DROP, 0, &s->dropping, on_dropped);
	} else if (!s->stuck && layers_pair(&s->layers, &s->upper, &s->lower)) {
		merge_begin(z);
	}
}
