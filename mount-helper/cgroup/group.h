/* The control groups PARENT/ID of one zone or VM. Its limits are on these.
 *
 * Where v2 is alone, a zone's group has no process in itself, and these below it:
 *
 *	PARENT/ID/zone	process 1 and its children. The zone sees it as /sys/fs/cgroup. Its root may
 *			make groups there, as systemd does.
 *	PARENT/ID/zone/warren.jobs
 *			what comes into the zone from outside. We make it, the zone owns it: its
 *			systemd can move a job from there into a session's group. The zone can
 *			remove it, or enable controllers in it, and then no process can enter it.
 *	PARENT/ID/jobs	what comes from outside then. The zone's root has no say in it.
 */
#ifndef WARREN_MOUNT_HELPER_CGROUP_GROUP_H
#define WARREN_MOUNT_HELPER_CGROUP_GROUP_H

#include <stdint.h>
#include <sys/types.h>

#include "mount-helper/cgroup/hier.h"

enum { GROUP_NAME = 24 };

void group_name(uint64_t id, char name[GROUP_NAME]);

/* Make them anew, limit files owned by uid. -1 where old ones still hold processes. */
int group_make(uint64_t id, uid_t uid, gid_t gid);

/* Make the three of a zone, where v2 is alone; its own part and the one below belong to root, its
 * uid 0. */
int group_delegate(uint64_t id, uid_t root);

/* Ways into them for a process that is being made. */
struct group_join {
	int tasks[HIERS]; /* of each v1 group, open for writing */
	int n;
	int v2; /* the v2 group's directory, -1: none */
	int init; /* that for process 1 */
};

int group_join_open(struct group_join *w, uint64_t id);

/* Ways in for the processes of whoever opens them, which count for the effective uid of now: a v1
 * group takes by them only processes of that uid. Returns how many. */
int group_tasks_open(int tasks[HIERS], uint64_t id);

/* The same into the zone's own group for jobs, which is enough where it takes one. -1: there is
 * none. */
int group_inner_open(uint64_t id);

/* Put the calling process, which has one thread, into the v1 groups (and into the v2 group where
 * `all`). */
int group_enter(const struct group_join *w, int all);

/* 0: no process is left in them and they are gone. 1: something is left, be it a group that the
 * zone made. Does not wait. */
int group_remove(uint64_t id);

#endif
