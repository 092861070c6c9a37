#include "zone/snapshot/layers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

void layers_init(struct layers *l)
{
	*l = (struct layers){.top = 0, .next = 1, .n = 1};
	l->list[0] = (struct layer){.no = 0, .below = LAYER_NONE};
}

bool layers_are_plain(const struct layers *l)
{
	return l->next == 1;
}

struct layer *layers_find(struct layers *l, uint32_t no)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->list[i].no == no)
			return &l->list[i];
	return NULL;
}

int layers_add(struct layers *l, uint32_t below, bool dead, uint32_t *no)
{
	if (l->n >= (dead ? LAYERS : LAYERS_OWN))
		return err_set(ENOSPC,
		    "its files have %d layers already: remove snapshots, and halt it once", l->n);
	if (l->next == LAYER_NONE)
		return err_set(ENOSPC, "it had too many snapshots: make another");
	*no = l->next++;
	l->list[l->n++] = (struct layer){.no = *no, .below = below, .dead = dead};
	return 0;
}

void layers_remove(struct layers *l, uint32_t no)
{
	const struct layer *gone = layers_find(l, no);
	if (gone == NULL)
		return;
	size_t behind = l->n - (size_t)(gone - l->list) - 1;
	memmove(&l->list[l->n - 1 - behind], gone + 1, behind * sizeof(*gone));
	l->n--;
}

void layers_stack(struct layers *l, struct helper_stack *s)
{
	memset(s, 0, sizeof(*s));
	for (const struct layer *x = layers_find(l, l->top); x != NULL && s->depth < LAYERS;
	     x = layers_find(l, x->below))
		s->layers[s->depth++] = x->no;
}

void layers_dead(const struct layers *l, struct helper_stack *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < l->n; i++)
		if (l->list[i].dead)
			s->layers[s->depth++] = l->list[i].no;
}

/* How many live ones are over it, and the last of them. */
static unsigned above(struct layers *l, uint32_t no, struct layer **last)
{
	unsigned n = 0;
	for (unsigned i = 0; i < l->n; i++) {
		if (l->list[i].below != no || l->list[i].dead)
			continue;
		*last = &l->list[i];
		n++;
	}
	return n;
}

static struct layer *unneeded(struct layers *l)
{
	struct layer *last;
	for (unsigned i = 0; i < l->n; i++) {
		struct layer *x = &l->list[i];
		if (!x->dead && !x->named && x->no != l->top && above(l, x->no, &last) == 0)
			return x;
	}
	return NULL;
}

void layers_prune(struct layers *l)
{
	for (struct layer *x; (x = unneeded(l)) != NULL;)
		x->dead = true;
}

bool layers_pair(struct layers *l, uint32_t *upper, uint32_t *lower)
{
	for (unsigned i = 0; i < l->n; i++) {
		const struct layer *x = &l->list[i];
		struct layer *over = NULL;
		if (x->dead || x->named || x->no == l->top || above(l, x->no, &over) != 1)
			continue;
		*upper = over->no;
		*lower = x->no;
		return true;
	}
	return false;
}

bool layers_merged(struct layers *l, uint32_t upper, uint32_t lower, uint32_t into)
{
	struct layer *u = layers_find(l, upper), *d = layers_find(l, lower), *over = NULL;
	struct layer *m = layers_find(l, into);
	if (u == NULL || d == NULL || m == NULL || !m->dead || d->dead || d->named ||
	    d->no == l->top || above(l, lower, &over) != 1 || over != u)
		return false;
	m->dead = false;
	m->named = u->named;
	m->below = d->below;
	u->dead = d->dead = true;
	u->named = false;
	u->below = LAYER_NONE;
	for (unsigned i = 0; i < l->n; i++)
		if (l->list[i].below == upper)
			l->list[i].below = into;
	if (l->top == upper)
		l->top = into;
	return true;
}

/* ---- on disk ---- */

void layers_save(const struct layers *l, struct buf *b)
{
	if (layers_are_plain(l))
		return;
	buf_printf(b, "layers %u %u\n", l->top, l->next);
	for (unsigned i = 0; i < l->n; i++) {
		const struct layer *x = &l->list[i];
		char below[16] = "-";
		if (x->below != LAYER_NONE)
			snprintf(below, sizeof(below), "%u", x->below);
		buf_printf(b, "layer %u %s %s\n", x->no, below, x->dead ? "dead" : "live");
	}
}

static int load_top(struct layers *l, const char *value)
{
	uint32_t top, next;
	char more;
	if (sscanf(value, "%u %u%c", &top, &next, &more) != 2 || next < 2 || top >= next)
		return err_set(EBADMSG, "bad layers");
	if (layers_are_plain(l))
		l->n = 0; /* all of them follow */
	l->top = top;
	l->next = next;
	return 0;
}

static int load_layer(struct layers *l, const char *value)
{
	struct layer x = {.below = LAYER_NONE};
	char below[16], state[8], more;
	if (sscanf(value, "%u %15s %7s%c", &x.no, below, state, &more) != 3 ||
	    (strcmp(below, "-") != 0 && sscanf(below, "%u%c", &x.below, &more) != 1) ||
	    x.no >= l->next || x.below == x.no || (x.below != LAYER_NONE && x.below >= l->next) ||
	    (strcmp(state, "dead") != 0 && strcmp(state, "live") != 0))
		return err_set(EBADMSG, "bad layer");
	x.dead = strcmp(state, "dead") == 0;
	if (layers_find(l, x.no) != NULL)
		return 0;
	if (l->n == LAYERS)
		return err_set(EBADMSG, "too many layers");
	l->list[l->n++] = x;
	return 0;
}

int layers_load(struct layers *l, const char *key, const char *value)
{
	if (strcmp(key, "layers") == 0)
		return load_top(l, value);
	return strcmp(key, "layer") == 0 ? load_layer(l, value) : 1;
}
