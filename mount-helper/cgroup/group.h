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
 *
 * The limits are on PARENT/ID, which the zone does not see: its cgroup namespace begins below. It
 * has no right over PARENT/ID, so that no process gets out or in. All zones have these groups on v2
 * alone, not only those with systemd: what an init is can't be told before it runs, containers in a
 * zone want them, too, and what they cost is bounded (1024 groups, 32 deep). systemd moves a
 * process only from a group that it may write: without warren.jobs a job would have no session. LXC
 * has such a leaf, too (.lxc). */
#ifndef WARREN_MOUNT_HELPER_CGROUP_GROUP_H
#define WARREN_MOUNT_HELPER_CGROUP_GROUP_H

#include <stdint.h>
#include <sys/types.h>

#include "mount-helper/cgroup/hier.h"

enum { GROUP_NAME = 24 };

void group_name(uint64_t id, char name[GROUP_NAME]);

/* Make them, with limit files owned by uid; old ones are removed first. -1: old ones still hold
 * processes. */
int group_make(uint64_t id, uid_t uid, gid_t gid);

/* Make the three groups below a zone's, if v2 is alone. zone/ and zone/warren.jobs belong to the
 * zone's root, whose uid is `root`. */
int group_delegate(uint64_t id, uid_t root);

/* Descriptors by which a process that is being made enters them. */
struct group_join {
	int tasks[HIERS]; /* of each v1 group, open for writing */
	int n;
	int v2; /* the v2 group's directory, -1: none */
	int init; /* that for process 1 */
};

int group_join_open(struct group_join *w, uint64_t id);

/* Open the files by which the monitor puts jobs into them. The kernel looks at the opener's
 * effective uid: a v1 group takes only processes of that uid. Returns how many. */
int group_tasks_open(int tasks[HIERS], uint64_t id);

/* The same for zone/warren.jobs; the others are not needed as long as it takes processes. -1: there
 * is none. */
int group_inner_open(uint64_t id);

/* Put the calling process, which has one thread, into the v1 groups (and into the v2 group where
 * `all`). */
int group_enter(const struct group_join *w, int all);

/* Remove them. 0: they are gone. 1: a process is left, or a group that the zone made. Does not
 * wait. */
int group_remove(uint64_t id);

#endif
