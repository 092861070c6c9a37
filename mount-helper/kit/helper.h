/* What the parts of the helper have in common once it is set up. Code that changes any of it calls
 * ops_ahead_end, as the worker forked ahead has a copy. */
#ifndef WARREN_MOUNT_HELPER_KIT_HELPER_H
#define WARREN_MOUNT_HELPER_KIT_HELPER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "mount-helper/kit/dirs.h"
#include "mount-helper/kit/options.h"
#include "mount-helper/kit/programs.h"

struct helper {
	struct options opt;
	struct dirs dirs;
	struct programs programs;
	bool service; /* systemd started us as one, */
	bool kept; /* systemd keeps the mount while it restarts the helper (fdstore.h) */
	bool taken; /* it kept the mount, and this helper goes on with it */
	int fuse; /* /dev/fuse of the mount */
	dev_t device; /* of the mount */
	bool adopts; /* seal.h */
	int handover; /* the daemons' memory file */
	int host; /* our own mount namespace */
	int template; /* template.h */
	int nowhere, offline; /* the monitors' mounts and network, template.h */
	int oom; /* oom_score_adj that the helper was started with */
	char lxcfs[PATH_MAX]; /* where lxcfs is mounted; "": it is not */
};

#endif
