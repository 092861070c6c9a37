/* Attaching mounts in a running zone, and detaching them. A process that has entered the zone's
 * user and mount namespaces does it: whatever a hostile zone does to the paths, this process can
 * reach nothing that the zone could not reach by itself. So no path is followed with more rights
 * than the zone's.
 *
 * Host mounts are attached in the zone's own mount namespace, at a boot too: a mount that the zone
 * got by its copy of the namespace is locked, and not even the helper could remove it. Their
 * attributes are locked in another way (owner.c). A zone with sys_admin can unmount one; it harms
 * itself alone. */
#ifndef WARREN_MOUNT_HELPER_HOSTMOUNT_ATTACH_H
#define WARREN_MOUNT_HELPER_HOSTMOUNT_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

/* A mount in a zone. The kernel reuses mount numbers, so its root (device, inode) is kept as
 * well. */
struct attach_id {
	uint64_t mount, device, inode;
};

struct attach_step {
	const char *target; /* borrowed */
	struct attach_id id; /* of the mount to detach, or that was attached. All 0: it is not
			      * there */
	int mnt; /* borrowed: the mount to attach. -1: detach */
	bool file; /* not a directory */
	bool node; /* a device: its mount point goes with it, and no link may lead there */
	bool waits; /* it was not attached: the root is read-only there */
};

/* Detach the steps with mnt -1, in the order of the array, then attach the others. If one can't be
 * attached all is put back as it was, as far as the zone's file systems answer: the ids tell what
 * is there. A mount that was put back has a new id. user and mounts: the zone's namespaces. late: a
 * mount that can't be attached because the root is read-only waits for the next boot instead. */
int attach_run(int user, int mounts, struct attach_step *g, unsigned n, bool late);

/* The id of the mount that fd is in. -1: it can't be told */
int attach_id_of(int fd, struct attach_id *id);

/* Open the mount point at target below root (O_PATH), made if it is missing; resolve: as in
 * openat2(2). */
int mountpoint_open(int root, const char *target, bool file, uint64_t resolve);

#endif
