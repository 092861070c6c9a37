/* A VM's disk on an image. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMDISK_H
#define WARREN_MOUNT_HELPER_BUILD_VMDISK_H

#include "mount-helper/build/boot.h"

/* A VM's disk on an image, and its layer over it: its first two files. In the host's mount
 * namespace. */
int vmdisk_take(struct boot *b);

#endif
