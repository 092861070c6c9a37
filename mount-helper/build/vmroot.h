/* The root of a VM's zone: what QEMU needs to run, read-only. rootfs.h says when each is called. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMROOT_H
#define WARREN_MOUNT_HELPER_BUILD_VMROOT_H

#include "mount-helper/build/boot.h"

/* Take over fd, the kernel (0) or initrd (1) that the guest boots. */
int vmroot_copy_add(struct boot *b, int which, int fd);

/* A VM's files that process 1 fills: before it is made, so that it has them open. */
int vmroot_files(struct boot *b);

/* Put everything in, once the user namespace is there; then it becomes read-only. */
int vmroot_finish(struct boot *b);

#endif
