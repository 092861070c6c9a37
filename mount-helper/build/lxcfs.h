/* lxcfs, where the host has it mounted: files of /proc that tell of a zone's own limits. */
#ifndef WARREN_MOUNT_HELPER_BUILD_LXCFS_H
#define WARREN_MOUNT_HELPER_BUILD_LXCFS_H

#include "mount-helper/build/boot.h"

/* For poll(2) with POLLPRI: the host's mounts have changed. Owned by the caller; -1: they can't be
 * watched. */
int lxcfs_watch(void);

/* Where it is mounted now: "" where it is not. */
void lxcfs_find(char at[PATH_MAX]);

/* In the host's mount namespace: open its files. An lxcfs that does not answer is left out. */
void lxcfs_open(struct boot *b);

/* In process 1, when /proc is mounted. */
int lxcfs_attach(const struct boot *b);

#endif
