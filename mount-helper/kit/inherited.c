/* All that fork(2) and execve(2) pass on: the lists there, and those of prctl(2), sched(7),
 * setpriority(2), ioprio_set(2), set_mempolicy(2), personality(2), core(5) and proc(5). Not here:
 * descriptors, environment, directory, session and rights, which are set where each program is
 * started; and what can't be undone, such as no_new_privs or a filter of system calls. */
#include "mount-helper/kit/inherited.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/signals.h"

enum { CPUS = 8192 }; /* more than any kernel is built for */
enum { NICE_MOST = 40, RTPRIO_MOST = 99 }; /* getrlimit(2) */
enum { IOPRIO_WHO_PROCESS = 1, KEYCTL_JOIN_SESSION_KEYRING = 1, MPOL_DEFAULT = 0 };
enum { TIMER_SLACK_NS = 50000 }; /* of the kernel's first process, prctl(2) */
enum { FILES = 1048576 }; /* fs.nr_open, unless it was changed */
/* of linux/prctl.h and linux/sched.h, newer than their kernels */
enum { SET_MEMORY_MERGE = 67, CLAMP_MIN = 0x20, CLAMP_MAX = 0x40 };

static const unsigned long flags[][3] = {
    {PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0},
    {PR_SET_THP_DISABLE, 0, 0},
    {PR_SET_CHILD_SUBREAPER, 0, 0},
    {PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0},
    {PR_SET_IO_FLUSHER, 0, 0},
    {SET_MEMORY_MERGE, 0, 0},
    {PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_ENABLE},
    {PR_SET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH, PR_SPEC_ENABLE},
    {PR_SET_SPECULATION_CTRL, PR_SPEC_L1D_FLUSH, PR_SPEC_DISABLE},
#ifdef __x86_64__
    {PR_SET_TSC, PR_TSC_ENABLE, 0},
#endif
};

static const char *const files[][2] = {
    {"/proc/self/coredump_filter", "0x33"},
    {"/proc/self/loginuid", "4294967295"},
};

static uint64_t number_read(const char *path, uint64_t otherwise)
{
	struct buf b = {0};
	uint64_t n =
	    fd_read_at(AT_FDCWD, path, &b) == 0 ? strtoull(buf_text(&b), NULL, 10) : otherwise;
	buf_finish(&b);
	return n;
}

/* ---- limits ---- */

/* Set a soft limit; raise the hard one if we may. */
static void limit_set(__rlimit_resource_t what, rlim_t soft, rlim_t hard)
{
	struct rlimit r = {soft < hard ? soft : hard, hard}, now;
	if (setrlimit(what, &r) == 0 || getrlimit(what, &now) < 0)
		return;
	r.rlim_max = now.rlim_max < hard ? now.rlim_max : hard;
	r.rlim_cur = soft < r.rlim_max ? soft : r.rlim_max;
	setrlimit(what, &r);
}

static void limits_drop(void)
{
	/* the kernel's own half, fork.c's fork_init() */
	rlim_t threads = number_read("/proc/sys/kernel/threads-max", RLIM_INFINITY) / 2;
	const struct {
		__rlimit_resource_t what;
		rlim_t soft, hard;
	} limits[] = {{RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY},
	    {RLIMIT_FSIZE, RLIM_INFINITY, RLIM_INFINITY},
	    {RLIMIT_DATA, RLIM_INFINITY, RLIM_INFINITY}, {RLIMIT_STACK, 8 << 20, RLIM_INFINITY},
	    {RLIMIT_CORE, 0, RLIM_INFINITY}, {RLIMIT_RSS, RLIM_INFINITY, RLIM_INFINITY},
	    {RLIMIT_NPROC, threads, threads},
	    {RLIMIT_NOFILE, 1024, number_read("/proc/sys/fs/nr_open", FILES)},
	    {RLIMIT_MEMLOCK, 8 << 20, RLIM_INFINITY}, {RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY},
	    {RLIMIT_LOCKS, RLIM_INFINITY, RLIM_INFINITY}, {RLIMIT_SIGPENDING, threads, threads},
	    {RLIMIT_MSGQUEUE, 819200, RLIM_INFINITY}, {RLIMIT_NICE, 0, NICE_MOST},
	    {RLIMIT_RTPRIO, 0, RTPRIO_MOST}, {RLIMIT_RTTIME, RLIM_INFINITY, RLIM_INFINITY}};
	for (size_t i = 0; i < NELEM(limits); i++)
		limit_set(limits[i].what, limits[i].soft, limits[i].hard);
}

/* ---- where and when it runs ---- */

/* sched_setattr(2), which the C library has only of late */
struct schedule {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static void scheduling_drop(void)
{
	static unsigned long all[CPUS / 8 / sizeof(unsigned long)];
	struct schedule a = {.size = sizeof(a), .policy = SCHED_OTHER};
	memset(all, 0xff, sizeof(all));
	syscall(SYS_sched_setattr, 0, &a, 0);
	a.flags = CLAMP_MIN | CLAMP_MAX;
	a.util_min = a.util_max = UINT32_MAX; /* none of its own */
	syscall(SYS_sched_setattr, 0, &a, 0);
	syscall(SYS_sched_setaffinity, 0, sizeof(all), all);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0);
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
}

/* Drop what makes us the first to be killed. Whether we are shielded is the unit's decision. */
static void oom_drop(void)
{
	static const char path[] = "/proc/self/oom_score_adj";
	struct buf b = {0};
	if (fd_read_at(AT_FDCWD, path, &b) == 0 && atoi(buf_text(&b)) > 0)
		fd_write_at(AT_FDCWD, path, "0");
	buf_finish(&b);
}

void inherited_reset(void)
{
	signals_reset();
	umask(022);
	limits_drop();
	scheduling_drop();
	oom_drop();
	personality(PER_LINUX);
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	for (size_t i = 0; i < NELEM(flags); i++)
		prctl((int)flags[i][0], flags[i][1], flags[i][2], 0, 0);
	for (size_t i = 0; i < NELEM(files); i++)
		fd_write_at(AT_FDCWD, files[i][0], files[i][1]);
	err_clear(); /* what this kernel does not have can't be inherited */
}
