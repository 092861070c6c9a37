/* Control groups behind one face. A group is named by its object's id, below the parent group; the
 * helper makes and removes groups and moves processes, the daemon sets limits and reads counters in
 * files that the helper made its own.
 *
 * Units: shares as in SmartOS (100 is ordinary), percent of one CPU, bytes, microseconds. */
#ifndef WARREN_RCTL_GROUP_H
#define WARREN_RCTL_GROUP_H

#include <stdint.h>

#include "base/buf.h"

#define GROUP_NONE UINT64_MAX /* no limit */

struct group_cpu {
	uint64_t usage_usec, user_usec, system_usec;
	uint64_t nr_periods, nr_throttled, throttled_usec;
};

/* What a version of control groups can do. All: -1 with the kernel's answer in the error. */
struct group_face {
	const char *name; /* v1, hybrid, v2 */
	uint64_t weight_max; /* the largest share it takes, in hundredths: see set_weight */
	int (*set_weight)(const char *group, uint64_t shares);
	int (*set_idle)(const char *group, int on);
	int (*set_cap)(const char *group, uint64_t percent);
	int (*set_cpus)(const char *group, const char *cpus); /* NULL: the parent's */
	int (*set_memory)(const char *group, uint64_t bytes);
	int (*set_pids)(const char *group, uint64_t count);
	int (*get_cpu)(const char *group, struct group_cpu *cpu);
	int (*get_memory)(const char *group, uint64_t *bytes);
	int (*get_pids)(const char *group, uint64_t *count);
	int (*get_procs)(const char *group, struct buf *b); /* host pids, one a line */
};

extern const struct group_face group_v1;

/* Find the hierarchies; parent is the name of the group above all of ours.
 * -1: EOPNOTSUPP, this host has no control groups that we know. */
int group_init(const char *parent);
const struct group_face *group_face(void);

/* The path of a file in a controller's hierarchy: CONTROLLER's mount / parent / group / file.
 * -1: EOPNOTSUPP, the host lacks the controller. For the faces. */
int group_path(const char *controller, const char *group, const char *file, char *path, size_t size);

/* Ids of the groups that are there, whoever's. */
int group_each(void (*fn)(uint64_t id, void *arg), void *arg);

#endif
