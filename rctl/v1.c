/* Control groups v1, as in the kernel's Documentation/admin-guide/cgroup-v1 and
 * scheduler/sched-bwc.rst. */
#include "rctl/group.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"
#include "rctl/groupfile.h"
#include "rctl/v1_io.h"

enum {
	SHARES_ORDINARY = 1024, /* cpu.shares of an ordinary group: 100 of ours */
	SHARES_MAX = 262144 /* the kernel clamps above (MAX_SHARES in kernel/sched/sched.h) */
};

static int put_number(const char *controller, const char *group, const char *file, uint64_t n)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return group_put(controller, group, file, n == GROUP_NONE ? "-1" : text);
}

static int v1_weight(const char *group, uint64_t shares)
{
	uint64_t n = shares * SHARES_ORDINARY / 100;
	return put_number("cpu", group, "cpu.shares", n < 2 ? 2 : n > SHARES_MAX ? SHARES_MAX : n);
}

static int v1_idle(const char *group, int on)
{
	if (group_put("cpu", group, "cpu.idle", on ? "1" : "0") == 0)
		return 0;
	if (err_code() != ENOENT) /* before Linux 5.15: the smallest weight has to do */
		return -1;
	err_clear();
	return on ? v1_weight(group, 0) : 0;
}

static int v1_cap(const char *group, uint64_t percent)
{
	uint64_t quota = percent == GROUP_NONE ? GROUP_NONE : percent * GROUP_PERIOD_USEC / 100;
	return put_number("cpu", group, "cpu.cfs_quota_us", quota);
}

static int v1_cpus(const char *group, const char *cpus)
{
	struct buf b = {0};
	int result = 0;
	if (cpus == NULL && (result = group_get("cpuset", "", "cpuset.cpus", &b)) == 0)
		cpus = buf_text(&b);
	if (result == 0 && group_put("cpuset", group, "cpuset.cpus", cpus) < 0)
		result = err_wrap("this host's cpuset group does not take it");
	buf_finish(&b);
	return result;
}

/* The kernel answers EBUSY if it can't free enough memory. That becomes another error: at EBUSY NFS
 * clients retry. */
static int put_bytes(const char *group, const char *file, const char *usage, uint64_t bytes)
{
	if (put_number("memory", group, file, bytes) == 0)
		return 0;
	uint64_t used = 0;
	if (err_code() == EBUSY && group_get_number("memory", group, usage, &used) == 0)
		return err_set(ERANGE,
		    "%" PRIu64 " bytes are in use and can't be taken away: give more", used);
	return -1;
}

static int put_memory(const char *group, uint64_t bytes)
{
	return put_bytes(group, "memory.limit_in_bytes", "memory.usage_in_bytes", bytes);
}

/* v1 has no limit of swap, but one of memory and swap together. */
static int put_both(const char *group, uint64_t bytes)
{
	if (put_bytes(group, "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", bytes) ==
	    0)
		return 0;
	if (err_code() != ENOENT || bytes != GROUP_NONE)
		return -1;
	err_clear(); /* there is none to take away */
	return 0;
}

static int v1_memory(const char *group, uint64_t bytes, uint64_t swap)
{
	uint64_t both = bytes == GROUP_NONE || swap == GROUP_NONE ? GROUP_NONE : bytes + swap;
	if (put_both(group, GROUP_NONE) < 0 || put_memory(group, bytes) < 0)
		return -1;
	return both != GROUP_NONE ? put_both(group, both) : 0;
}

static int v1_check_swap(uint64_t swap, int memory_bounded)
{
	char path[512];
	if (swap == GROUP_NONE)
		return 0;
	if (group_path("memory", "", "memory.memsw.limit_in_bytes", path, sizeof(path)) < 0)
		return -1;
	if (access(path, F_OK) < 0)
		return err_set(EOPNOTSUPP,
		    "this host has no memory.memsw: a kernel with swapaccount=1 is needed");
	if (!memory_bounded)
		return err_set(EOPNOTSUPP, "control groups v1 bound swap only together with "
					   "memory: set memory.max, too");
	return 0;
}

static int v1_pids(const char *group, uint64_t count)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64, count);
	return group_put("pids", group, "pids.max", count == GROUP_NONE ? "max" : text);
}

static int v1_get_cpu(const char *group, struct group_cpu *c)
{
	struct buf b = {0};
	uint64_t usage, user, system;
	if (group_get_number("cpuacct", group, "cpuacct.usage", &usage) < 0 ||
	    group_get_number("cpuacct", group, "cpuacct.usage_user", &user) < 0 ||
	    group_get_number("cpuacct", group, "cpuacct.usage_sys", &system) < 0 ||
	    group_get("cpu", group, "cpu.stat", &b) < 0)
		return -1;
	c->usage_usec = usage / 1000;
	c->user_usec = user / 1000;
	c->system_usec = system / 1000;
	c->nr_periods = group_keyed(buf_text(&b), "nr_periods");
	c->nr_throttled = group_keyed(buf_text(&b), "nr_throttled");
	c->throttled_usec = group_keyed(buf_text(&b), "throttled_time") / 1000;
	buf_finish(&b);
	return 0;
}

static int v1_watch_cpu(const char *group, struct group_watch *w)
{
	*w = (struct group_watch){
	    group_open("cpuacct", group, "cpuacct.usage"), group_open("cpu", group, "cpu.stat")};
	if (w->usage >= 0 && w->held >= 0)
		return 0;
	group_unwatch(w);
	return -1;
}

static int v1_watched_usage(const struct group_watch *w, uint64_t *usec)
{
	char text[32];
	int result = group_reread(w->usage, text, sizeof(text));
	*usec = strtoull(text, NULL, 10) / 1000;
	return result;
}

static int v1_watched_held(const struct group_watch *w, uint64_t *nr_throttled)
{
	char text[512];
	int result = group_reread(w->held, text, sizeof(text));
	*nr_throttled = group_keyed(text, "nr_throttled");
	return result;
}

static int v1_get_memory(const char *group, uint64_t *bytes)
{
	return group_get_number("memory", group, "memory.usage_in_bytes", bytes);
}

static int v1_get_peak(const char *group, uint64_t *bytes)
{
	return group_get_number("memory", group, "memory.max_usage_in_bytes", bytes);
}

static int v1_get_memory_stat(const char *group, struct buf *b)
{
	return group_get("memory", group, "memory.stat", b);
}

static int v1_get_oom(const char *group, struct group_oom *oom)
{
	struct buf b = {0};
	int result = group_get("memory", group, "memory.oom_control", &b);
	oom->kills = group_keyed(buf_text(&b), "oom_kill");
	oom->ooms = oom->kills; /* v1 notifies many times for one event: its count means nothing */
	buf_finish(&b);
	return result;
}

/* "EVENTFD FD" into cgroup.event_control (the kernel's cgroup-v1/memory.rst) */
static int v1_watch_oom(const char *group, struct group_oom_watch *w)
{
	char text[32];
	*w = (struct group_oom_watch){eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	    group_open("memory", group, "memory.oom_control")};
	snprintf(text, sizeof(text), "%d %d", w->fd, w->other);
	if (w->fd >= 0 && w->other >= 0 &&
	    group_put("memory", group, "cgroup.event_control", text) == 0)
		return 0;
	group_unwatch_oom(w);
	return -1;
}

static void v1_told_oom(const struct group_oom_watch *w)
{
	uint64_t n;
	ssize_t got = read(w->fd, &n, sizeof(n)); /* nothing where it was read already */
	(void)got;
}

static int v1_get_pids(const char *group, uint64_t *count)
{
	return group_get_number("pids", group, "pids.current", count);
}

static int v1_get_procs(const char *group, struct buf *b)
{
	return group_get("cpu", group, "cgroup.procs", b);
}

/* v1 looks at each process when the state is read, and says FREEZING until all are frozen. */
static int v1_set_frozen(const char *group, int on)
{
	return group_put("freezer", group, "freezer.state", on ? "FROZEN" : "THAWED");
}

static int v1_get_frozen(const char *group)
{
	struct buf b = {0};
	int result = group_get("freezer", group, "freezer.state", &b);
	const char *state = buf_text(&b);
	if (result == 0)
		result = strcmp(state, "FROZEN\n") == 0	    ? GROUP_FROZEN
			 : strcmp(state, "FREEZING\n") == 0 ? GROUP_FREEZING
							    : GROUP_THAWED;
	buf_finish(&b);
	return result;
}

const struct group_face group_v1 = {
    .name = "v1",
    .weight_max = SHARES_MAX * UINT64_C(100) / SHARES_ORDINARY,
    .set_weight = v1_weight,
    .set_idle = v1_idle,
    .set_cap = v1_cap,
    .set_cpus = v1_cpus,
    .set_memory = v1_memory,
    .check_swap = v1_check_swap,
    .set_pids = v1_pids,
    .get_cpu = v1_get_cpu,
    .watch_cpu = v1_watch_cpu,
    .watched_usage = v1_watched_usage,
    .watched_held = v1_watched_held,
    .get_memory = v1_get_memory,
    .get_memory_peak = v1_get_peak,
    .get_memory_stat = v1_get_memory_stat,
    .get_oom = v1_get_oom,
    .watch_oom = v1_watch_oom,
    .told_oom = v1_told_oom,
    .get_pressure = group_pressure,
    .has_io = v1_has_io,
    .set_io_weight = v1_io_weight,
    .set_io_max = v1_io_max,
    .get_io_stat = v1_io_stat,
    .get_pids = v1_get_pids,
    .get_procs = v1_get_procs,
    .set_frozen = v1_set_frozen,
    .get_frozen = v1_get_frozen,
};
