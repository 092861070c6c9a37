/* Control groups, v1 or v2, behind one set of functions. A group is named by its object's id, below
 * the parent group. The helper makes and removes groups and moves processes; the daemon sets limits
 * and reads counters, in files that the helper gave to it. Units: shares as in SmartOS (100 is
 * ordinary), percent of one CPU, bytes, microseconds. */
#ifndef WARREN_RCTL_GROUP_H
#define WARREN_RCTL_GROUP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/fd.h"

#define GROUP_NONE UINT64_MAX /* no limit */

/* The period within which a cap is kept: the kernel's default (sched-bwc.rst, cgroup-v2.rst) */
enum { GROUP_PERIOD_USEC = 100000 };

struct group_cpu {
	uint64_t usage_usec, user_usec, system_usec;
	uint64_t nr_periods, nr_throttled, throttled_usec;
};

/* A group's CPU counters, kept open to be read often. */
struct group_watch {
	int usage, held; /* owned; -1: not open */
};

/* How often a group ran out of memory, and how many of its processes the kernel killed for that. */
struct group_oom {
	uint64_t ooms, kills;
};

struct group_oom_watch {
	int fd; /* readable when it ran out of memory; owned */
	int other; /* what that needs; owned */
};

enum { GROUP_IO_KEYS = 4 }; /* rbps, wbps, riops, wiops */

/* Are its processes frozen? */
enum group_frozen { GROUP_THAWED, GROUP_FREEZING, GROUP_FROZEN };

/* What a version of control groups can do. All: -1 with the kernel's answer in the error. */
struct group_face {
	const char *name; /* v1, hybrid, v2 */
	uint64_t weight_max; /* the largest share it takes, in hundredths: see set_weight */
	int (*set_weight)(const char *group, uint64_t shares);
	int (*set_idle)(const char *group, int on);
	int (*set_cap)(const char *group, uint64_t percent);
	int (*set_cpus)(const char *group, const char *cpus); /* NULL: the parent's */
	int (*set_memory)(const char *group, uint64_t bytes, uint64_t swap);
	int (*check_swap)(uint64_t swap, int memory_bounded); /* can it be set? */
	int (*set_pids)(const char *group, uint64_t count);
	int (*get_cpu)(const char *group, struct group_cpu *cpu);
	int (*watch_cpu)(const char *group, struct group_watch *w); /* end by group_unwatch */
	int (*watched_usage)(const struct group_watch *w, uint64_t *usec);
	int (*watched_held)(const struct group_watch *w, uint64_t *nr_throttled);
	int (*get_memory)(const char *group, uint64_t *bytes);
	int (*get_memory_peak)(const char *group, uint64_t *bytes);
	int (*get_memory_stat)(const char *group, struct buf *b);
	int (*get_oom)(const char *group, struct group_oom *oom);
	int (*watch_oom)(const char *group, struct group_oom_watch *w);
	void (*told_oom)(const struct group_oom_watch *w); /* it is no longer readable */
	int (*get_pressure)(
	    const char *group, const char *what, struct buf *b); /* cpu, memory, io */
	int (*has_io)(int weight); /* -1: EOPNOTSUPP, no io.max here, or no io.weight */
	int (*set_io_weight)(const char *group, uint64_t weight); /* 1..10000, 100 is ordinary */
	int (*set_io_max)(
	    const char *group, const char *device, const uint64_t most[GROUP_IO_KEYS]);
	int (*get_io_stat)(const char *group, struct buf *b);
	int (*get_pids)(const char *group, uint64_t *count);
	int (*get_procs)(const char *group, struct buf *b); /* host pids, one a line */
	int (*set_frozen)(const char *group, int on);
	int (*get_frozen)(const char *group); /* an enum group_frozen, or -1 */
};

static inline void group_unwatch_oom(struct group_oom_watch *w)
{
	fd_close(&w->fd);
	fd_close(&w->other);
}

extern const struct group_face group_v1, group_v2;

/* Find the hierarchies; parent: the path of the group above all of ours. Each controller is used
 * where it is mounted: in a hierarchy of v1, or in v2's. -1: EOPNOTSUPP, this host has no control
 * groups that we know. */
int group_init(const char *parent);
const char *group_parent(void); /* its name */
int group_init_from(const char *parent, char *mounts); /* the text of /proc/self/mounts; changed */
const struct group_face *group_face(void);

static inline void group_unwatch(struct group_watch *w)
{
	fd_close(&w->usage);
	fd_close(&w->held);
}

/* The path of a file in a controller's hierarchy: CONTROLLER's mount / parent / group / file.
 * -1: EOPNOTSUPP, the host lacks the controller. For the faces. */
int group_path(
    const char *controller, const char *group, const char *file, char *path, size_t size);

/* Call fn with the id of each group below the parent, whatever instance it is of. */
int group_each(void (*fn)(uint64_t id, void *arg), void *arg);

#endif
