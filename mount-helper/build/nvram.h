/* What UEFI keeps for a VM, copied for the daemon, and replaced by it. No byte of it is looked at
 * here: a guest wrote it. */
#ifndef WARREN_MOUNT_HELPER_BUILD_NVRAM_H
#define WARREN_MOUNT_HELPER_BUILD_NVRAM_H

#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

/* *copy: a memory file, the caller's; -1: the VM has none yet. -1: EOPNOTSUPP, of the template: it
 * is not installed */
int nvram_read(const struct helper *h, const struct helper_nvram *q, int *copy);

/* At once and on disk, or not at all. from: a plain file, borrowed; with an empty one the VM has
 * none any more. -1: ESRCH, the VM has none yet; EEXIST, it runs */
int nvram_write(const struct helper *h, const struct helper_nvram *q, int from);

#endif
