/* The layers that the files of a zone, or of a VM, are made of: a tree, as arithmetic.
 *
 * A layer is a number, and has what was changed against the layer below it. The top is written to
 * by a zone that runs; the others are as they were when a snapshot was made of them. A snapshot is
 * a layer with a name: it is made by a new top over the old one, and gone back to by a new top over
 * the snapshot's layer. What is in a layer only the helper knows (mount-helper/build/stack.h).
 *
 * A number is never used twice. A dead layer belongs to no snapshot, and its files are to be
 * deleted, or are being made and don't count yet. */
#ifndef WARREN_ZONE_SNAPSHOT_LAYERS_H
#define WARREN_ZONE_SNAPSHOT_LAYERS_H

#include <stdbool.h>

#include "base/buf.h"
#include "protocol/helper.h"

#define LAYER_NONE UINT32_MAX

/* So many may live; the others are room for merging. */
enum { LAYERS_OWN = LAYERS - 1 };

struct layer {
	uint32_t no, below; /* below LAYER_NONE: the lowest */
	bool dead;
	bool named; /* a snapshot's, as layers_prune's caller says */
};

struct layers {
	uint32_t top, next; /* next: the first number that was never used */
	unsigned n;
	struct layer list[LAYERS];
};

void layers_init(struct layers *l); /* layer 0 alone, the top */
bool layers_are_plain(const struct layers *l); /* are they so since the beginning? */
struct layer *layers_find(struct layers *l, uint32_t no); /* NULL: there is none */

/* A new layer over `below`, dead or not. -1: ENOSPC, there are too many; the error says what
 * helps */
int layers_add(struct layers *l, uint32_t below, bool dead, uint32_t *no);
void layers_remove(struct layers *l, uint32_t no);

/* The top, and all that is below it. LAYERS of them, which never live together: a circle. */
void layers_stack(struct layers *l, struct helper_stack *s);
void layers_dead(const struct layers *l, struct helper_stack *s); /* all dead ones */

/* Those that neither a snapshot nor the top needs are dead from now on. */
void layers_prune(struct layers *l);

/* Two that may become one: a lower one that has no name, and the only one over it. */
bool layers_pair(struct layers *l, uint32_t *upper, uint32_t *lower);

/* `into`, which is dead, takes the place of such two, which die. Names of the upper are the
 * caller's to change. False: they are no such pair any more, and nothing changes. */
bool layers_merged(struct layers *l, uint32_t upper, uint32_t lower, uint32_t into);

/* Lines of settings, "layers TOP NEXT" and "layer NUMBER BELOW dead|live", with - for none. load: 1
 * it is no such key; -1: EBADMSG. A layer that is there stays as it is, as it does where a change
 * is undone. */
void layers_save(const struct layers *l, struct buf *b);
int layers_load(struct layers *l, const char *key, const char *value);

#endif
