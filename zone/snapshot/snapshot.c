#include "zone/snapshot/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/entry.h"
#include "fs/error.h"
#include "fs/help.h"
#include "host/event.h"
#include "zone/snapshot/settle.h"
#include "zone/start.h"
#include "zone/state.h"

/* ---- one snapshot ---- */

static int created_show(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	buf_printf(b, "%" PRId64 "\n", snapshot_of(o)->created);
	return 0;
}

static const struct row rows[] = {
    {1, "help", 0444, 0, "this", .show = help_show},
    {2, "created", 0444, 0, "when it was made, in seconds since 1970", .show = created_show},
    {0},
};

static void destroy(struct obj *o)
{
	free(snapshot_of(o));
}

static const struct row *const tables[] = {rows, NULL};

static const struct type snapshot_type = {
    .name = "snapshot",
    .help = "A snapshot: the zone's files as they were. rmdir drops it.\n",
    .tables = tables,
    .destroy = destroy,
    .part = true,
    .elsewhere = true,
};

static const struct row *slot_of(const struct zone *z)
{
	return entry_slot(z->l.obj.type, &snapshot_dir);
}

static struct list *snapshots_list(struct zone *z)
{
	return &z->snapshot_dir.objs;
}

static struct snapshot *snapshot_find(struct zone *z, const char *name)
{
	struct obj *o = dir_find(&z->l.obj, slot_of(z), name);
	return o != NULL ? snapshot_of(o) : NULL;
}

/* It belongs to whom the directory belongs to. */
static void snapshot_own(struct obj *o)
{
	struct node dir = {o->parent, o->slot, 0}, n = node_of(o);
	struct attr all = node_attr(&dir), a = node_attr(&n);
	if (a.uid == all.uid && a.gid == all.gid && a.mode == (all.mode & 0777))
		return;
	a.uid = all.uid;
	a.gid = all.gid;
	a.mode = all.mode & 0777;
	node_set_attr(&n, &a);
}

int snapshots_show(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r, (void)b;
	list_each(s, snapshots_list(zone_of(o)), struct obj, sibling)
		snapshot_own(s);
	return 0;
}

static struct snapshot *snapshot_create(
    struct zone *z, const char *name, uint32_t layer, int64_t created)
{
	struct obj *parent = &z->l.obj;
	struct snapshot *s = xcalloc(1, sizeof(*s));
	s->layer = layer;
	s->created = created;
	obj_init(&s->obj, &snapshot_type, tree_named_id(parent, name), name, parent, slot_of(z));
	s->obj.maker_uid = parent->maker_uid;
	s->obj.maker_gid = parent->maker_gid;
	snapshot_own(&s->obj);
	return s;
}

static void told(struct zone *z, const char *event, const char *name)
{
	char *more = xasprintf("name=%s", name);
	event_emit(&z->l.obj, z->kind->dir, event, more);
	free(more);
}

/* ---- changes of the layers ---- */

void layers_begin(struct zone *z)
{
	z->snapshots->changes++;
}

void layers_keep(struct zone *z)
{
	struct snapshots *s = z->snapshots;
	s->before = xcalloc(1, sizeof(*s->before));
	*s->before = s->layers;
}

static void layers_restore(struct zone *z)
{
	struct snapshots *s = z->snapshots;
	if (s->before != NULL)
		s->layers = *s->before;
	list_each(o, snapshots_list(z), struct obj, sibling)
		snapshot_of(o)->going = false;
}

void layers_end(struct zone *z, bool well)
{
	struct snapshots *s = z->snapshots;
	if (!well)
		layers_restore(z);
	free(s->before);
	s->before = NULL;
	s->making[0] = '\0';
	if (--s->changes == 0 && s->boot_waits) {
		s->boot_waits = false;
		zone_prepared(z);
	}
	layers_settle(z);
}

void layers_tidy(struct zone *z)
{
	struct snapshots *s = z->snapshots;
	for (unsigned i = 0; i < s->layers.n; i++)
		s->layers.list[i].named =
		    s->making[0] != '\0' && s->layers.list[i].no == s->made_of;
	list_each(o, snapshots_list(z), struct obj, sibling) {
		struct layer *x = layers_find(&s->layers, snapshot_of(o)->layer);
		if (x != NULL && !snapshot_of(o)->going)
			x->named = true;
	}
	layers_prune(&s->layers);
}

void snapshots_move(struct zone *z, uint32_t from, uint32_t to)
{
	list_each(o, snapshots_list(z), struct obj, sibling)
		if (snapshot_of(o)->layer == from)
			snapshot_of(o)->layer = to;
}

static int not_while_it_runs(const struct zone *z, int code)
{
	if (z->removing)
		return err_set(ESRCH, "it is being removed");
	if (zone_runs(z))
		return err_set(code, "it is %s: halt it first", zone_state_names[z->state]);
	return 0;
}

/* ---- mkdir ---- */

static int make_check(struct zone *z, const char *name)
{
	if (not_while_it_runs(z, EOPNOTSUPP) < 0)
		return -1;
	if (snapshot_find(z, name) != NULL)
		return err_set(EEXIST, "there is one of this name: choose another");
	if (z->snapshot_dir.count >= SNAPSHOTS_MAX)
		return err_set(
		    ENOSPC, "there are %d snapshots in it already: remove one", SNAPSHOTS_MAX);
	return 0;
}

static int act_make(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct snapshots *s = z->snapshots;
	const uint32_t of = s->layers.top;
	if (make_check(z, c->text) < 0)
		return -1;
	layers_keep(z);
	if (layers_add(&s->layers, of, false, &s->layers.top) < 0)
		return -1;
	memccpy(s->making, c->text, '\0', NAME_LEN);
	s->made_of = of;
	s->made = now_ns() / 1000000000;
	layers_tidy(z);
	return 0;
}

static void answer_made(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct snapshots *s = z->snapshots;
	struct snapshot *made = snapshot_create(z, s->making, s->made_of, s->made);
	struct node n = node_of(&made->obj);
	entry_touch(&made->obj);
	told(z, "snapshot", s->making);
	error_over(&z->l.obj, s->making);
	if (c->req != NULL)
		req_entry(c->req, &n);
	layers_end(z, true);
}

static void not_changed(struct change *c)
{
	layers_end(zone_of(c->obj), false);
}

static int make_it(struct obj *parent, const struct row *row, struct req *r, const char *name)
{
	struct zone *z = zone_of(parent);
	(void)row;
	if (make_check(z, name) < 0)
		return -1;
	layers_begin(z);
	change_start(&(struct change){.obj = parent,
	    .req = r,
	    .what = "mkdir",
	    .text = xstrdup(name),
	    .act = act_make,
	    .answer = answer_made,
	    .failed = not_changed});
	return 0;
}

/* ---- rmdir ---- */

static int act_drop(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct snapshot *s = snapshot_find(z, c->text);
	if (s == NULL)
		return err_set(ENOENT, "there is no snapshot of this name any more");
	layers_keep(z);
	s->going = true;
	layers_tidy(z);
	return 0;
}

static void answer_dropped(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct snapshot *s = snapshot_find(z, c->text);
	entry_touch(&s->obj);
	obj_destroy(&s->obj);
	told(z, "dropped", c->text);
	z->snapshots->stuck = false;
	if (c->req != NULL)
		req_done(c->req);
	layers_end(z, true);
}

static int remove_it(struct obj *o, struct req *r)
{
	layers_begin(zone_of(o->parent));
	change_start(&(struct change){.obj = o->parent,
	    .req = r,
	    .what = "rmdir",
	    .text = xstrdup(o->name),
	    .act = act_drop,
	    .answer = answer_dropped,
	    .failed = not_changed});
	return 0;
}

/* The inode number follows from the name. */
static int rename_it(struct obj *o, struct req *r, const char *name)
{
	(void)o, (void)r, (void)name;
	return err_set(EPERM, "a snapshot keeps its name: make another");
}

static const char dir_help[] =
    "mkdir NAME keeps the zone's files as they are, while it is halted: at once, without a copy.\n"
    "rmdir NAME drops that. echo 'rollback NAME' > ../ctl goes back to it.\n";

const struct dir_row snapshot_dir = {
    .make = make_it, .remove = remove_it, .rename = rename_it, .help = dir_help};

/* ---- rollback ---- */

static int back_check(struct zone *z, const char *name, struct snapshot **s)
{
	char q[80];
	if (not_while_it_runs(z, EEXIST) < 0)
		return -1;
	*s = snapshot_find(z, name);
	return *s != NULL ? 0
			  : err_set(ENOENT, "\"%s\" is no snapshot of it: ls snapshot shows them",
				word_quote(name, q, sizeof(q)));
}

/* The command that a change is about: of several the oldest, as changes are made in turn. */
static struct command *command_of(const struct change *change)
{
	list_each(c, &change->obj->runs, struct command, link)
		if ((c->waits || c->inside) && c->verb->run == snapshot_rollback &&
		    strcmp(c->argv[0], change->text) == 0)
			return c;
	return NULL;
}

static int act_back(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct layers *l = &z->snapshots->layers;
	struct snapshot *s;
	if (back_check(z, c->text, &s) < 0)
		return -1;
	layers_keep(z);
	if (layers_add(l, s->layer, false, &l->top) < 0)
		return -1;
	layers_tidy(z);
	return 0;
}

static void answer_back(struct change *c)
{
	struct zone *z = zone_of(c->obj);
	struct command *waits = command_of(c);
	told(z, "rollback", c->text);
	layers_end(z, true);
	if (waits != NULL)
		command_done(waits, true);
}

static void not_back(struct change *c)
{
	struct command *waits = command_of(c);
	struct err why;
	err_copy(&why);
	layers_end(zone_of(c->obj), false);
	err_restore(&why);
	if (waits != NULL)
		command_done(waits, false);
}

int snapshot_rollback(struct obj *zone, struct command *c)
{
	struct snapshot *s;
	if (back_check(zone_of(zone), c->argv[0], &s) < 0)
		return -1;
	layers_begin(zone_of(zone));
	change_start(&(struct change){.obj = zone,
	    .what = "rollback",
	    .text = xstrdup(c->argv[0]),
	    .act = act_back,
	    .answer = answer_back,
	    .failed = not_back});
	return COMMAND_WAITS;
}

/* ---- as a part of its zone ---- */

static void init(struct zone *z)
{
	z->snapshots = xcalloc(1, sizeof(*z->snapshots));
	layers_init(&z->snapshots->layers);
}

static void save(const struct zone *z, struct buf *b)
{
	const struct snapshots *s = z->snapshots;
	layers_save(&s->layers, b);
	list_each(o, &z->snapshot_dir.objs, struct obj, sibling) {
		const struct snapshot *x = snapshot_of(o);
		if (!x->going)
			buf_printf(
			    b, "snapshot %s %u %" PRId64 "\n", o->name, x->layer, x->created);
	}
	if (s->making[0] != '\0')
		buf_printf(b, "snapshot %s %u %" PRId64 "\n", s->making, s->made_of, s->made);
}

static int load_one(struct zone *z, const char *value)
{
	char name[NAME_LEN + 1], more;
	uint32_t layer;
	int64_t created;
	_Static_assert(NAME_LEN == 63, "the width below");
	if (sscanf(value, "%63s %u %" SCNd64 "%c", name, &layer, &created, &more) != 3 ||
	    !word_is_name(name))
		return err_set(EBADMSG, "bad snapshot");
	if (snapshot_find(z, name) != NULL)
		return 0; /* a change is being undone */
	const struct layer *x = layers_find(&z->snapshots->layers, layer);
	if (x == NULL || x->dead || z->snapshot_dir.count >= SNAPSHOTS_MAX)
		return err_set(EBADMSG, "bad snapshot");
	snapshot_create(z, name, layer, created);
	return 0;
}

static int load(struct zone *z, const char *key, char *value)
{
	if (strcmp(key, "snapshot") == 0)
		return load_one(z, value);
	return layers_load(&z->snapshots->layers, key, value);
}

int snapshot_prepare(struct zone *z)
{
	z->snapshots->boot_waits = z->snapshots->changes > 0;
	return z->snapshots->boot_waits ? 1 : 0;
}

static int fill(struct zone *z, struct zone_request *r)
{
	layers_stack(&z->snapshots->layers, &r->q.zone.stack);
	const uint32_t depth = r->q.zone.stack.depth;
	return depth > 0 && depth < LAYERS ? 0 : err_set(EIO, "its settings have bad layers");
}

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	z->snapshots->booted = true;
	return 0;
}

static void entered(struct zone *z)
{
	if (zone_runs(z))
		return;
	z->snapshots->stuck = false;
	layers_settle(z);
}

static void found(struct zone *z)
{
	layers_tidy(z);
	layers_settle(z);
}

static void destroy_all(struct zone *z)
{
	list_each(o, snapshots_list(z), struct obj, sibling)
		obj_destroy(o);
	free(z->snapshots->before);
	free(z->snapshots);
}

const struct zone_part snapshot_part = {.init = init,
    .save = save,
    .load = load,
    .fill = fill,
    .begin = begin,
    .entered = entered,
    .found = found,
    .destroy = destroy_all};
