/* Directories and files of the host's that a zone's or a VM's root shows by bind mounts. */
#ifndef WARREN_MOUNT_HELPER_BUILD_BIND_H
#define WARREN_MOUNT_HELPER_BUILD_BIND_H

#include "mount-helper/build/boot.h"

/* Open one, below dir, as a mount that is not attached. -1 with ENOENT: the host has none. */
int bind_add(struct boot *b, int dir, const struct bind_row *row);

/* Attach all that were added, below the new root. */
int binds_attach(struct boot *b);

/* Make a mount point below a root, and the directories on the way to it. */
int mountpoint_make(int root, const char *path, bool file);

#endif
