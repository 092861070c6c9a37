/* The mount itself. */
#ifndef WARREN_MOUNT_HELPER_FUSEMOUNT_H
#define WARREN_MOUNT_HELPER_FUSEMOUNT_H

/* See that the mount point is a directory that is free; a warren mount there whose helper is gone
 * is taken away first. */
int fusemount_check(const char *mountpoint);

/* Mount. Returns the descriptor of /dev/fuse. */
int fusemount_make(const char *source, const char *mountpoint, unsigned long flags);

void fusemount_remove(const char *mountpoint, int fuse); /* unless it is unmounted already */

#endif
