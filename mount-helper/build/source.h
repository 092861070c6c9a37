/* Directories and files of the host's that a zone's or a VM's root shows by bind mounts. */
#ifndef WARREN_MOUNT_HELPER_BUILD_SOURCE_H
#define WARREN_MOUNT_HELPER_BUILD_SOURCE_H

#include "mount-helper/build/boot.h"

/* Take hold of one, below dir. -1 with ENOENT: the host has none. */
int source_add(struct boot *b, int dir, const struct source_row *row);

/* Attach all that were added, below the new root. */
int sources_attach(struct boot *b);

/* Below a root, a place to mount at, with the directories on the way to it. */
int point_make(int root, const char *path, bool file);

#endif
