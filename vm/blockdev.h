/* A disk as QEMU is told of it, at the boot and while it runs: the nodes of its block layer, above
 * descriptors that the helper opened, and the device that the guest sees. */
#ifndef WARREN_VM_BLOCKDEV_H
#define WARREN_VM_BLOCKDEV_H

#include <jansson.h>

#include "vm/vm.h"

/* QEMU knows a descriptor by the number of the set that it is in: disk n's file is in DISK_SET + n,
 * and the image below it in IMAGE_SET + n. Numbers of CD-ROM drives: cdrom.h. */
enum { DISK_SET = 72, IMAGE_SET = DISK_SET + VM_DISKS };

/* The commands by which disk n, which is set, comes while the VM runs, once its descriptors are
 * there; and those by which all of it is closed that no device has, some of which may not be there.
 * The caller's (commands.h). */
json_t *blockdev_coming(const struct vm *vm, unsigned n);
json_t *blockdev_closing(unsigned n);

#endif
