/* Resource limits of processes, getrlimit(2). */
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

/* Set them for this process and its children; a limit above our own hard one becomes that. -1: one
 * can't be set. */
int rlimits_take(const struct rlimits *want);

/* Set those whose bits are in `which` for a process (0: this one). 1: some are less than wanted, as
 * only the host's root raises a hard limit. */
int rlimits_give(pid_t pid, const struct rlimits *want, uint32_t which);

#endif
