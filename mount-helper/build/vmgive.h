/* A file or a directory more for a VM that runs. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMGIVE_H
#define WARREN_MOUNT_HELPER_BUILD_VMGIVE_H

#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

/* HELPER_VM_GIVE, in a worker. list: borrowed. -1: as opening it for a boot; ESRCH */
int vmgive(const struct helper *h, const struct helper_vm_give *q, int list);

#endif
