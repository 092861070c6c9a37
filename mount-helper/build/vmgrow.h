/* A disk of qcow2 that is to be larger than it is. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMGROW_H
#define WARREN_MOUNT_HELPER_BUILD_VMGROW_H

#include "mount-helper/build/boot.h"
#include "protocol/vm.h"

/* In process 1, which is QEMU's user by now: make the disk at fd f->file.size bytes, as a guest
 * sees it. Its header was checked. -1: ENOSPC, EIO. One that another VM has is left as it is: QEMU
 * tells of that when it takes it. */
int vmgrow(const struct boot *b, const struct helper_vm_file *f, int fd);

#endif
