/* A VM's disk that begins as an image. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMDISK_H
#define WARREN_MOUNT_HELPER_BUILD_VMDISK_H

#include "mount-helper/build/boot.h"

/* In the host's mount namespace: open the VM's layer over the image, made if it is missing, and the
 * image below. */
int vmdisk_open(const struct boot *b, const struct helper_vm_file *f, int fds[2]);

/* W opens a qcow2 disk of the VM's own. Where none is in dir, qemu-img makes it as the VM's user:
 * argv knows it as /proc/self/fd/3, and `from`, or -1, as 4. A descriptor, the caller's. */
int vmdisk_own_open(const struct boot *b, int dir, const char *name, char *const argv[], int from);

int vmdisk_image_open(const struct helper *h, uint64_t image); /* a descriptor, the caller's */

#endif
