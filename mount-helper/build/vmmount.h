/* A directory of the host's that a VM's guest mounts, by virtiofs. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMMOUNT_H
#define WARREN_MOUNT_HELPER_BUILD_VMMOUNT_H

#include "mount-helper/build/boot.h"

/* In the host's mount namespace: open the directory as its author and start virtiofsd for it. *to:
 * QEMU's end of its socket. Sets b->servers. -1: why not; EOPNOTSUPP, it is not installed */
int vmmount_open(struct boot *b, const struct helper_vm_file *f, int *to);

/* Could it be opened? Nothing is started, and no owner changed. */
int vmmount_look(const struct helper *h, uint64_t id, const struct helper_vm_file *f);

#endif
