/* Snapshots: the directory snapshot/ of a zone, with a directory for each, and the command
 * rollback. Each is a layer of the zone's files with a name (layers.h).
 *
 * All is kept in the zone's own settings, so that one write on disk makes, drops or goes back.
 * Files are not touched by that. What nobody needs any more the helper deletes or merges later,
 * while the zone does not run (settle.h). */
#ifndef WARREN_ZONE_SNAPSHOT_SNAPSHOT_H
#define WARREN_ZONE_SNAPSHOT_SNAPSHOT_H

#include "fs/ctl.h"
#include "zone/parts.h"
#include "zone/snapshot/layers.h"
#include "zone/zone.h"

enum { SNAPSHOTS_MAX = 128 };

struct snapshot {
	struct obj obj; /* first */
	uint32_t layer;
	int64_t created; /* seconds since 1970 */
	bool going; /* rmdir is being saved */
};

struct snapshots {
	struct layers layers;
	struct layers *before; /* owned: to go back to, while a change is being saved; or NULL */
	char making[NAME_LEN + 1]; /* the name that is being saved; "": none */
	uint32_t made_of; /* its layer */
	int64_t made; /* and time */
	unsigned changes; /* of layers, that are not on disk yet: a boot waits for them */
	bool boot_waits;

	/* settle.c's */
	bool working; /* the helper is asked, or is about to be */
	bool stuck; /* a merge failed: no other until the zone has run again */
	bool booted; /* since the merge began: it does not count */
	uint32_t upper, lower, into; /* of the merge */
	struct helper_stack dropping; /* what the helper deletes */
};

static inline struct snapshot *snapshot_of(struct obj *o)
{
	return container_of(o, struct snapshot, obj);
}

extern const struct dir_row snapshot_dir;
extern const struct zone_part snapshot_part;

int snapshots_show(struct obj *zone, const struct row *r, struct buf *b); /* of the directory */
int snapshot_rollback(struct obj *zone, struct command *c); /* the command */

/* zone_kind::prepare: a boot waits until its layers are on disk. */
int snapshot_prepare(struct zone *z);

/* A change of the layers. layers_begin() before change_start(); then, in act, layers_keep() before
 * the first of them is changed; and at its end, in answer or failed, layers_end(). */
void layers_begin(struct zone *z);
void layers_keep(struct zone *z);
void layers_end(struct zone *z, bool well);

/* Note which layers are snapshots', and prune the others (layers_prune). */
void layers_tidy(struct zone *z);

/* Every snapshot of layer `from` is one of layer `to`. */
void snapshots_move(struct zone *z, uint32_t from, uint32_t to);

#endif
