/* An object with limits: the rows cpu.* memory.* pids.* and what puts them in force.
 *
 * A limit takes force while the object's groups are there (limits_begin to limits_end); before and
 * after, it is a value that waits. */
#ifndef WARREN_RCTL_LIMITS_H
#define WARREN_RCTL_LIMITS_H

#include "fs/tree.h"

struct limited {
	struct obj obj;
	union value shares, cap, cpus, memory, pids; /* percent, bytes, counts; VALUE_NONE: none */
	uint64_t memory_unset; /* in force where memory is none; VALUE_NONE: no limit */
	char group[24];        /* its group's name */
	struct list live;      /* limits.c's; on it while the groups are there */
	uint64_t weight;       /* in force; 0: idle */
};

extern const struct row limits_rows[];

void limits_init(struct limited *l); /* once obj is */

/* The groups have been made: put every limit in force. -1: one is refused; end then. */
int limits_begin(struct limited *l);
void limits_end(struct limited *l);

/* The groups were there already, limits and all (a daemon before us made them). */
void limits_found(struct limited *l);

unsigned host_cpus(void); /* online */

#endif
