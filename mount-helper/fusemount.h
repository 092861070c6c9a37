/* The mount itself. */
#ifndef WARREN_MOUNT_HELPER_FUSEMOUNT_H
#define WARREN_MOUNT_HELPER_FUSEMOUNT_H

#include <sys/types.h>

/* Check that the mount point is a free directory; a warren mount there whose helper is gone is
 * unmounted first. */
int fusemount_check(const char *mountpoint);

/* Mount. Returns the descriptor of /dev/fuse, and in *device the number of the mount's device. */
int fusemount_make(const char *source, const char *mountpoint, unsigned long flags, dev_t *device);

void fusemount_remove(const char *mountpoint, int fuse); /* unless it is unmounted already */

#endif
