/* Putting mounts into a zone that runs, and taking them away: by a process that has entered the
 * zone's user and mount namespaces, so that a hostile zone can lead it nowhere where the zone could
 * not go by itself. */
#ifndef WARREN_MOUNT_HELPER_HOSTMOUNT_ATTACH_H
#define WARREN_MOUNT_HELPER_HOSTMOUNT_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

/* A mount in a zone: its number is given again when it has gone, so its root belongs to it. */
struct attach_id {
	uint64_t mount, device, inode;
};

struct attach_step {
	const char *target; /* borrowed */
	struct attach_id id; /* of one to take; of one that was put. All 0: it is not there */
	int mnt; /* borrowed: to put. -1: to take */
	bool file; /* not a directory */
	bool node; /* its place goes with it, and no link leads there */
	bool waits; /* it was not put: the root is read-only there */
};

/* Take those that are to be taken, in the order of the array, then put the others. Where one can't
 * be put all is as it was before, as far as the zone answers: the ids tell what is there. One that
 * was taken and put back has a new one. user and mounts: the zone's namespaces. late: what can't be
 * put because the root is read-only waits instead. */
int attach_run(int user, int mounts, struct attach_step *g, unsigned n, bool late);

/* The place for a mount below root, made where it is not there; resolve as in openat2(2). Returns
 * it opened as O_PATH. */
int mountpoint_open(int root, const char *target, bool file, uint64_t resolve);

#endif
