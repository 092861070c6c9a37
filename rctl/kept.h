/* The counters over time of each object that runs, in a file below RUN: a new daemon, also after
 * kill -9, goes on from there. The file is mapped, so that a tick costs no write. A boot of the
 * host clears it, but then no zone runs either. */
#ifndef WARREN_RCTL_KEPT_H
#define WARREN_RCTL_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "rctl/burst.h"

struct kept {
	uint64_t id; /* the object's */
	int64_t at; /* when it was looked at last: microseconds of CLOCK_MONOTONIC, which
		     * stands still while the host is suspended, as the zones do */
	uint64_t cpu; /* microseconds of CPU time used up to then */
	uint64_t held; /* how often its limit had held it back */
	uint64_t memory_unset; /* limited::memory_unset of this boot */
	uint64_t oom_kills; /* how many of its processes the kernel had killed for it */
	struct burst burst;
	bool told; /* an event told that it is throttled; if the daemon dies before the event the
		    * next one tells it */
};

/* dir: RUN/daemon, borrowed. -1: the file can't be used; all works without it. */
int kept_open(int dir);
void kept_close(void);

/* A new place for an object that begins to run: empty but for its id. */
struct kept *kept_begin(uint64_t id);

/* The place that an earlier daemon left for it; *was is false if that is missing or damaged. */
struct kept *kept_find(uint64_t id, int *was);

/* *k becomes NULL; NULL is fine. */
void kept_end(struct kept **k); /* it has ended */
void kept_leave(struct kept **k); /* the next daemon goes on with it */

#endif
