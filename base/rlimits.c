#include "base/rlimits.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* 1: less was set, as the hard limit can't be raised. */
static int give(pid_t pid, int what, const struct rlimit_pair *want)
{
	struct rlimit_pair r;
	if (syscall(SYS_prlimit64, pid, what, want, NULL) == 0)
		return 0;
	if (errno != EPERM || syscall(SYS_prlimit64, pid, what, NULL, &r) < 0)
		return err_sys("set limit %d", what);
	r.hard = lesser(want->hard, r.hard);
	r.soft = lesser(want->soft, r.hard);
	return syscall(SYS_prlimit64, pid, what, &r, NULL) < 0 ? err_sys("set limit %d", what) : 1;
}

int rlimits_give(pid_t pid, const struct rlimits *want, uint32_t which)
{
	int less = 0;
	for (int i = 0; i < RLIMITS; i++) {
		int r = (which >> i & 1) != 0 ? give(pid, i, &want->of[i]) : 0;
		if (r < 0)
			return -1;
		less |= r;
	}
	return less;
}

int rlimits_take(const struct rlimits *want)
{
	return rlimits_give(0, want, UINT32_MAX) < 0 ? -1 : 0;
}
