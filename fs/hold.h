/* What users hold in the daemon while they wait or read, and how much of it they may.
 *
 * Each user may hold so much of each kind (hold.c). The users above 65535 are counted in blocks of
 * 65536, too, as a user may have so many for himself (subuid(5)): a block may hold as much as is
 * left for all others. So whoever comes finds room, however many users somebody has. What root
 * holds is not bounded, but for texts.
 *
 * A change only marks those who wait. The loop wakes 32 of them in a round, and 16 of one user in 5
 * ms, so that the request that made the change is answered first. The handover has room for as much
 * as may be held, and keeps a quarter of it for root. */
#ifndef WARREN_FS_HOLD_H
#define WARREN_FS_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"

enum hold {
	HOLD_REQUESTS, /* that have no answer yet */
	HOLD_READERS, /* open files that block and were read */
	HOLD_POLLS, /* open files that somebody waits for in poll */
	HOLD_TEXTS, /* bytes of texts that somebody may read on in */
	HOLDS
};

/* A user or a block of users. It exists as long as it holds something. */
struct holder {
	struct list link; /* hold.c's index */
	uint64_t key; /* a uid, or BLOCK and its upper half */
	struct holder *block; /* NULL: it is in none */
	size_t n[HOLDS];
	uint64_t round; /* the last in which it was woken, and how often then */
	unsigned wakings;
	struct list texts; /* text.c: those it holds, the oldest first */
};

/* The key by which a user is told from others: the uid, or its block's number, as all subordinate
 * uids of a user count as one. */
uint64_t hold_key(uid_t uid);

/* The user holds n more from now on, be it too much; then n less. */
struct holder *hold_begin(uid_t uid, enum hold what, size_t n);
void hold_end(struct holder *h, enum hold what, size_t n);

/* -1: it holds too much: EMFILE, by itself; ENFILE, together with the others */
int hold_check(const struct holder *h, enum hold what);

/* Waiting users are woken in rounds, each user a number of times in one; root without limit. May
 * this one be woken now? Then it counts. If not, wait for the next round, which begins within
 * HOLD_ROUND microseconds. */
enum { HOLD_ROUND = 5000 };
bool hold_wake(struct holder *h);

#endif
