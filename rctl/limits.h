/* An object with limits: the rows cpu.* memory.* pids.*, and putting them in force. A limit is in
 * force while the object's groups exist (limits_begin to limits_end); else it is a value for the
 * next boot. */
#ifndef WARREN_RCTL_LIMITS_H
#define WARREN_RCTL_LIMITS_H

#include "fs/tree.h"
#include "rctl/group.h"
#include "rctl/recent.h"

struct kept;
struct source;

struct limited {
	struct obj obj;
	union value shares, cap, baseline, burst_time,
	    cpus; /* percent, seconds; VALUE_NONE: none */
	union value memory, swap, pids; /* bytes, counts */
	union value io_weight, io_max;
	int (*memory_fits)(
	    struct limited *); /* the object's own check of memory; -1: refused; NULL: none */
	uint64_t memory_unset; /* in force if memory is none; VALUE_NONE: no limit */
	char group[24]; /* its group's name */
	struct list live; /* limits.c's; on it while the groups are there */

	/* cpu.c's */
	uint64_t weight; /* in force; 0: idle */

	/* bursting.c's, while it is live */
	struct kept *kept; /* owned */
	int recalled; /* kept comes from the daemon before us */
	uint64_t cap_used; /* in the kernel; GROUP_NONE: none, 0: not known */
	uint64_t cap_seen; /* cpu.cap when it was put in force */
	uint64_t spent; /* microseconds of CPU time between the last two looks */
	struct group_watch watch; /* while it is on the list below */
	struct list ticking;

	struct recent recent; /* recent.c's */

	struct {
		uint64_t ooms, kills, peak;
	} memory_was; /* memory.c's: what the last run has left, until the next begins */

	/* oom.c's, while it is live */
	struct group_oom_watch oom;
	struct source *oom_source, *oom_timer;
	int oom_looks;

	struct io_used *io_used; /* io.c's: the devices of the io.max in force; owned */
};

extern const struct row cpu_rows[], memory_rows[], pids_rows[], io_rows[];
#define LIMITS_TABLES cpu_rows, memory_rows, pids_rows, io_rows

/* Counters go on from where the daemon before stopped. dir: RUN/daemon, borrowed. */
void limits_open(int dir);
void limits_close(void);

/* Called when an object is throttled, released, or had a process killed for memory (oom). */
extern void (*limits_event)(struct limited *, const char *event);

void limits_init(struct limited *l); /* once obj is */

/* The groups have been made: put every limit in force. -1: one is refused; end then. */
int limits_begin(struct limited *l);
void limits_end(struct limited *l); /* more than once is harmless */

/* The groups exist already with all limits, made by an earlier daemon. */
void limits_found(struct limited *l);

/* The daemon goes, the groups stay. */
void limits_leave(struct limited *l);

/* While it runs: this is the limit where memory.max is none. -1: it stays as it was */
int limits_unset_memory(struct limited *l, uint64_t bytes);

unsigned host_cpus(void); /* online */

#endif
