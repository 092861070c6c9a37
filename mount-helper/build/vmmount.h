/* A directory of the host's that a VM's guest mounts, by virtiofs. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMMOUNT_H
#define WARREN_MOUNT_HELPER_BUILD_VMMOUNT_H

#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/helper.h"
#include "protocol/vm.h"

/* The VM that a directory is for. All borrowed. */
struct vmmount_for {
	const struct helper *h;
	uint64_t id;
	const struct group_join *join; /* its groups */
	int null; /* /dev/null */
};

/* In the host's mount namespace: open the directory as its author and start virtiofsd for it. *to:
 * QEMU's end of its socket; *ended: a pipe that closes with virtiofsd; both the caller's. -1: why
 * not; EOPNOTSUPP, it is not installed */
int vmmount_open(const struct vmmount_for *v, const struct helper_vm_file *f, int *to, int *ended);

/* Could it be opened? Nothing is started, and no owner changed. */
int vmmount_look(const struct helper *h, uint64_t id, const struct helper_vm_file *f);

#endif
