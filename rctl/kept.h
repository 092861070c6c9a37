/* What is counted over time of each object that runs, in a file below RUN: a daemon that is started
 * anew, be it after kill -9, goes on where the one before it was. The file is mapped, so that a
 * tick costs no write; it is no longer needed when the host is booted, nor are the zones there
 * then. */
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
	bool told; /* that it is throttled; a daemon that dies between the turn and its event leaves
		    * that to the next */
};

/* dir is RUN/daemon, borrowed. -1: there is no such file to be had; all goes on without. */
int kept_open(int dir);
void kept_close(void);

/* A place for an object that begins, empty but for its id. */
struct kept *kept_begin(uint64_t id);

/* What an earlier daemon left of it; *was is false where that is nothing. */
struct kept *kept_find(uint64_t id, int *was);

/* *k becomes NULL; NULL is fine. */
void kept_end(struct kept **k); /* it has ended */
void kept_leave(struct kept **k); /* the next daemon goes on with it */

#endif
