/* The limits that each process has for itself, getrlimit(2). */
#ifndef WARREN_BASE_RLIMITS_H
#define WARREN_BASE_RLIMITS_H

#include <stdint.h>
#include <sys/types.h>

enum { RLIMITS = 16 }; /* by the kernel's numbers, RLIMIT_CPU and so on */
#define RLIMIT_NONE UINT64_MAX

struct rlimit_pair { /* as the kernel's struct rlimit64 */
	uint64_t soft, hard;
};

struct rlimits {
	struct rlimit_pair of[RLIMITS];
};

/* Take them, for ourselves and what we start; of those that are above our own hard ones as much as
 * may be. -1: one is none. */
int rlimits_take(const struct rlimits *want);

/* Give a process (0: ourselves) those of them whose bits are in `which`. 1: of some as much as may
 * be, as nobody but the host's root raises a hard one. */
int rlimits_give(pid_t pid, const struct rlimits *want, uint32_t which);

#endif
