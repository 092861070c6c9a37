/* meta/ and metadata/: plain files that are kept with a zone or VM, the administrator's own, and
 * what the guest may know (zone/metadata.h). Each is an object with one row, its content; that is
 * kept in the object's settings file, so that a write is on disk, whole or not at all, before it is
 * answered.
 *
 * So numbers, owners, durable writes and the way back from a full disk are those of all objects.
 * Renaming a file over another is one write, too: the file notes the id that it was renamed over,
 * and a daemon that finds both removes the other. An append is kept with the kernel's number of its
 * request, so that a daemon that gets the request again does not append twice. */
#ifndef WARREN_ZONE_META_H
#define WARREN_ZONE_META_H

#include "zone/zone.h"

enum { META_FILES = 256, META_BYTES = 64 << 10 }; /* files in a meta/, bytes in one of them */

extern const struct dir_row meta_dir, metadata_dir;
void meta_load(uint64_t id, const char *name, const char *text); /* from its settings file */
void metadata_load(uint64_t id, const char *name, const char *text);

/* A file that is being made, without an owner yet. NULL: refused */
struct obj *meta_new(struct obj *zone, const struct row *slot, const char *name);
/* In change::act: let these bytes be all that it has. -1: EFBIG, ENOSPC */
int meta_fill(struct obj *o, const char *bytes, size_t n);
size_t meta_bytes(const struct obj *o, const char **bytes); /* what it has, borrowed: how many */
/* Is it a file still, neither being removed nor under one that was renamed over it? */
bool meta_counts(const struct obj *o);

#endif
