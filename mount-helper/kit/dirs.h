/* The directories that the helper and the daemon share (protocol.h), and who the daemon is. */
#ifndef WARREN_MOUNT_HELPER_KIT_DIRS_H
#define WARREN_MOUNT_HELPER_KIT_DIRS_H

#include <stdbool.h>
#include <sys/types.h>

#include "mount-helper/kit/uids.h"

struct dirs {
	int state, run; /* STATE and RUN */
	int roots, images, monitors, vnc; /* STATE/roots, STATE/images, RUN/monitors, RUN/vnc */
	int locks[2]; /* held for as long as this helper lives */
	struct uid_table uids;
	uid_t uid; /* the daemon's */
	gid_t gid;
};

/* Make what is missing and lock both. -1: EEXIST, another instance uses one of them, perhaps the
 * one that is mounted here already. */
int dirs_open(struct dirs *d, const char *state, const char *run, const char *mountpoint);

/* Write our process id and mount point into the locks (after the fork). */
void dirs_sign(const struct dirs *d, const char *mountpoint);

/* Is there a monitor's socket? */
bool dirs_have_zones(const struct dirs *d);

#endif
