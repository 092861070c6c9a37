#include "base/rlimits.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int rlimits_take(const struct rlimits *want)
{
	for (int i = 0; i < RLIMITS; i++) {
		struct rlimit_pair r;
		if (syscall(SYS_prlimit64, 0, i, NULL, &r) < 0)
			return err_sys("limit %d", i);
		r.hard = lesser(want->of[i].hard, r.hard);
		r.soft = lesser(want->of[i].soft, r.hard);
		if (syscall(SYS_prlimit64, 0, i, &r, NULL) < 0)
			return err_sys("set limit %d", i);
	}
	return 0;
}
