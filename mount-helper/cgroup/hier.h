/* The control group hierarchies of this host, found once, with our parent group in each. */
#ifndef WARREN_MOUNT_HELPER_CGROUP_HIER_H
#define WARREN_MOUNT_HELPER_CGROUP_HIER_H

#include <stdbool.h>
#include <sys/types.h>

#include "mount-helper/kit/uids.h"

enum { HIERS = 12, HIER_FILES = 24 };

/* With the parent group's name behind it: the group of our own processes (owngroup.h). */
#define HIER_OWN "mount."

struct hier {
	char *device; /* major:minor, owned; tells two mounts of one hierarchy */
	int top; /* its root directory */
	int parent; /* the directory PARENT in it */
	bool v2, cpuset, freezer;
	const char *files[HIER_FILES]; /* limit files that become the daemon's; NULL ends them */
};

extern struct hier hiers[HIERS];
extern int nhiers;

/* Find the hierarchies and make the parent group in each; parent: a path from the top. If our own
 * group is on that path, as a service's is, move to a group of our own in it: v2 needs that. -1:
 * EEXIST, it is another instance's, whose zones may run in it without a daemon. */
int hier_open(const char *parent, uid_t uid, gid_t gid, const struct uid_table *t);

/* Is v2 alone mounted? Then a zone gets a part of its group (group_delegate). */
bool hier_is_v2(void);

/* Remove the parent groups that are empty. */
void hier_close(const char *parent);

#endif
