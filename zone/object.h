/* Zones and VMs as objects of the tree: made, kept on disk, renamed, removed. */
#ifndef WARREN_ZONE_OBJECT_H
#define WARREN_ZONE_OBJECT_H

#include "zone/zone.h"

/* Fills a zone whose bytes are all zero. */
void zone_setup(struct zone *z, const struct zone_kind *kind, uint64_t id, const char *name,
    struct obj *parent, const struct row *slot, const struct type *type);

/* dir_row: mkdir, rmdir and mv. */
struct obj *zone_new(struct zone *z);
void zone_made(struct obj *o);
int zone_remove(struct obj *o, struct req *r);
void zone_leaves(struct obj *o, const struct req *r);
void zone_removed(struct obj *o);
void zone_kept(struct obj *o);
int zone_may_rename(struct obj *o);

/* type: its lines in the settings file, its state, and its end. */
void zone_save(const struct obj *o, struct buf *b);
int zone_load(struct obj *o, char *key, char *value);
unsigned zone_state_bit(const struct obj *o);
void zone_changed(struct obj *o, const struct row *r);
void zone_saved(struct obj *o);
void zone_destroy(struct obj *o);

#endif
