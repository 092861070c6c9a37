/* meta/: plain files of the administrator's own, kept with a zone or VM. Each is an object with one
 * row, its content; that is kept in the object's settings file, so that a write is on disk, whole
 * or not at all, before it is answered.
 *
 * So numbers, owners, durable writes and the way back from a full disk are those of all objects.
 * Renaming a file over another is one write, too: the file notes the id that it was renamed over,
 * and a daemon that finds both removes the other. An append is kept with the kernel's number of its
 * request, so that a daemon that gets the request again does not append twice. */
#ifndef WARREN_ZONE_META_H
#define WARREN_ZONE_META_H

#include "zone/zone.h"

enum { META_FILES = 256, META_BYTES = 64 << 10 }; /* files in a meta/, bytes in one of them */

extern const struct dir_row meta_dir;
void meta_load(uint64_t id, const char *name, const char *text); /* from its settings file */

#endif
