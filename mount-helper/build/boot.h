/* Building a zone. Two processes do it at the same time:
 *
 *	the worker	a child of the helper, with the helper's capabilities; becomes the zone's
 *			monitor. It builds the root in a mount namespace that the host's user
 *			namespace owns, so that all of it is locked once the zone has a copy
 *			(boot.c, rootfs.c, vmroot.c).
 *	process 1	of the zone, in the zone's user namespace from its first instruction. It
 *			makes the other namespaces, enters its groups and waits for the root
 *			(process1.c).
 */
#ifndef WARREN_MOUNT_HELPER_BUILD_BOOT_H
#define WARREN_MOUNT_HELPER_BUILD_BOOT_H

#include <linux/mount.h>
#include <stdbool.h>

#include "base/hostdevice.h"
#include "mount-helper/kit/requester.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"
#include "protocol/vm.h"
#include "mount-helper/hostmount/owner.h"

enum { BINDS = 128, LXCFS_FILES = 7 };

/* Something of the host's that a root shows. */
struct bind_row {
	const char *from, *at; /* on the host; below the new root */
	uint64_t attr; /* MOUNT_ATTR_ */
	bool shift; /* owners through the zone's user namespace */
	bool file;
};

struct bind {
	const struct bind_row *row;
	int mnt; /* a mount that is ready to be attached */
};

/* A device of the host's that QEMU gets by VFIO. */
struct boot_pci {
	char address[HOSTDEVICE_AT];
	unsigned group; /* of the host's IOMMU */
	dev_t node, container; /* /dev/vfio/GROUP, /dev/vfio/vfio */
};

struct boot {
	const struct helper *h;
	const struct helper_zone_start *want;
	const struct helper_vm_start *vm; /* NULL: a zone */
	char name[GROUP_NAME];
	struct helper_uids uids;
	uid_t root_uid; /* the zone's uid 0 on the host */
	int log, orders, listener;
	struct group_join join;
	int tasks[HIERS], ntasks, inner; /* the monitor's, to put jobs into the groups */
	struct bind binds[BINDS];
	int nbinds;
	struct helper_hostmount *list; /* of the host mounts; owned, NULL: none */
	struct hostmount hostmounts[HELPER_HOSTMOUNTS];
	int rootfs; /* the new root's mount */
	int kernelfs[2]; /* the template's /proc and /sys */
	int skeleton; /* a tmpfs with what every root has; the new root itself, but on an image */
	int image, layer; /* an image, seen with the zone's owners, and the zone's layer over it */
	int lowers[LAYERS], nlowers; /* the layers below that (stack.h) */
	int own; /* private files that no image and no layer is below; -1: others */
	int userns;
	int lxcfs[LXCFS_FILES]; /* files of lxcfs that are ready to be attached; -1: none */
	int err_out, err_in; /* pipe: process 1's struct err; end of file when it runs. A zone with
			      * interfaces sends a struct err of code 0 before, when it has its
			      * namespaces */
	int go_out, go_in; /* pipe: one byte when the root is ready */
	int console[2], qmp[2], agent[2], messages[2]; /* [0] the monitor's, [1] the zone's */
	struct helper_vm_file *given; /* what QEMU is given; owned, NULL: a zone */
	int files[VM_FDS]; /* QEMU's disks, in the order of that list */
	int nfiles;
	int servers[VM_SERVERS]; /* of a VM: pipes, MONITOR_FD_SERVERS; -1: none */
	int taps[NICS]; /* of a VM; -1: none */
	bool wired; /* it has network interfaces, or settings of its namespaces */
	int null; /* /dev/null of the host: for a VM and for the monitor */
	int filter; /* the zone's, for the monitor's jobs */
	int status, oom; /* of process 1 and of the monitor, in /proc; oom -1: not needed */
	int vnc; /* a VM's display: the socket on which QEMU will listen; -1: none */
	struct boot_pci pci[VM_DEVICES];
	int npci;
	int kvm; /* /dev/kvm of the host, -1: not wanted */
	int copy_from[2],
	    copy_to[2]; /* a VM's kernel and initrd: the user's file, the one in the root */
	int metadata; /* of a zone: /run/metadata, writable */
	int mdata[2]; /* where metadata is asked for: [0] the monitor's end; of a zone the
		       * listening socket there, of a VM its second serial line; [1] QEMU's */
	int init; /* pidfd of process 1 */
	pid_t pid;
};

/* For mounts with programs of the zone's: MOUNT_ATTR_NOSUID, or 0 where set-uid programs count. */
static inline uint64_t boot_nosuid(const struct boot *b)
{
	bool counts = b->vm == NULL && (b->want->privileges & PRIVILEGE_SUID) != 0;
	return counts ? 0 : MOUNT_ATTR_NOSUID;
}

/* In the worker. fds: log, orders, the list of host mounts or of a VM's files or -1, and of a
 * zone its metadata (base/metalist.h); borrowed. Answers the daemon itself and becomes the monitor.
 * Returns -1 only on failure: nothing is left of the zone but its groups. */
int boot(const struct helper *h, const struct helper_zone_start *want,
    const struct helper_vm_start *vm, const int fds[4], const struct requester *requester);

#endif
