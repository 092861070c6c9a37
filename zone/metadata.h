/* metadata/: what a zone or VM may know, as plain files (zone/meta.h). Its monitor has the list of
 * them, shows a zone the files in /run/metadata, and answers SmartOS's metadata protocol; a guest
 * may also make, change and remove files by that. The monitor always gets the whole list. */
#ifndef WARREN_ZONE_METADATA_H
#define WARREN_ZONE_METADATA_H

#include "zone/zone.h"

enum { METADATA_BYTES = 1 << 20 }; /* of all files in one metadata/ together */

/* Is there room for so many bytes more in the directory that o is in? -1: ENOSPC */
int metadata_room(const struct obj *o, size_t more);
int metadata_name_check(const char *name); /* -1: EPERM, /run/metadata has that name */

int metadata_force(struct obj *o); /* type::force of a file: tell the monitor */
void metadata_removed(struct obj *o); /* dir_row::removed */
void metadata_kept(struct obj *o); /* dir_row::kept */

/* The guest of z asks for a change: a memory file of its monitor's, borrowed. seq: its number. */
void metadata_asked(struct zone *z, uint32_t seq, int file);

#endif
