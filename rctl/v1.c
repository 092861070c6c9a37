/* Control groups v1, as in the kernel's Documentation/admin-guide/cgroup-v1 and
 * scheduler/sched-bwc.rst. */
#include "rctl/group.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"

enum {
	PERIOD_USEC = 100000, /* cpu.cfs_period_us unless set */
	SHARES_ORDINARY = 1024, /* cpu.shares of an ordinary group: 100 of ours */
	SHARES_MAX = 262144     /* the kernel clamps above (MAX_SHARES in kernel/sched/sched.h) */
};

static int put(const char *controller, const char *group, const char *file, const char *text)
{
	char path[512];
	return group_path(controller, group, file, path, sizeof(path)) < 0
		? -1
		: fd_write_at(-1, path, text);
}

static int put_number(const char *controller, const char *group, const char *file, uint64_t n)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return put(controller, group, file, n == GROUP_NONE ? "-1" : text);
}

static int get(const char *controller, const char *group, const char *file, struct buf *b)
{
	char path[512];
	return group_path(controller, group, file, path, sizeof(path)) < 0
		? -1
		: fd_read_at(-1, path, b);
}

static int get_number(const char *controller, const char *group, const char *file, uint64_t *n)
{
	struct buf b = {0};
	int result = get(controller, group, file, &b);
	*n = result == 0 ? strtoull(buf_text(&b), NULL, 10) : 0;
	buf_finish(&b);
	return result;
}

static int v1_weight(const char *group, uint64_t shares)
{
	uint64_t n = shares * SHARES_ORDINARY / 100;
	return put_number("cpu", group, "cpu.shares", n < 2 ? 2 : n > SHARES_MAX ? SHARES_MAX : n);
}

static int v1_idle(const char *group, int on)
{
	if (put("cpu", group, "cpu.idle", on ? "1" : "0") == 0)
		return 0;
	if (err_code() != ENOENT) /* before Linux 5.15: the smallest weight has to do */
		return -1;
	err_clear();
	return on ? v1_weight(group, 0) : 0;
}

static int v1_cap(const char *group, uint64_t percent)
{
	uint64_t quota = percent == GROUP_NONE ? GROUP_NONE : percent * PERIOD_USEC / 100;
	return put_number("cpu", group, "cpu.cfs_quota_us", quota);
}

static int v1_cpus(const char *group, const char *cpus)
{
	struct buf b = {0};
	int result = 0;
	if (cpus == NULL && (result = get("cpuset", "", "cpuset.cpus", &b)) == 0)
		cpus = buf_text(&b);
	if (result == 0 && put("cpuset", group, "cpuset.cpus", cpus) < 0)
		result = err_wrap("this host's cpuset group does not take it");
	buf_finish(&b);
	return result;
}

/* The kernel answers EBUSY where it can't free enough: never an answer of ours. */
static int v1_memory(const char *group, uint64_t bytes)
{
	if (put_number("memory", group, "memory.limit_in_bytes", bytes) == 0)
		return 0;
	uint64_t used = 0;
	if (err_code() == EBUSY && get_number("memory", group, "memory.usage_in_bytes", &used) == 0)
		return err_set(ERANGE, "%" PRIu64 " bytes are in use and can't be taken away: give more",
			used);
	return -1;
}

static int v1_pids(const char *group, uint64_t count)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64, count);
	return put("pids", group, "pids.max", count == GROUP_NONE ? "max" : text);
}

static uint64_t keyed(const char *text, const char *key)
{
	size_t n = strlen(key);
	for (const char *p = text; p != NULL && *p != '\0'; p = strchr(p, '\n'), p += p != NULL)
		if (strncmp(p, key, n) == 0 && p[n] == ' ')
			return strtoull(p + n + 1, NULL, 10);
	return 0;
}

static int v1_get_cpu(const char *group, struct group_cpu *c)
{
	struct buf b = {0};
	uint64_t usage, user, system;
	if (get_number("cpuacct", group, "cpuacct.usage", &usage) < 0 ||
		get_number("cpuacct", group, "cpuacct.usage_user", &user) < 0 ||
		get_number("cpuacct", group, "cpuacct.usage_sys", &system) < 0 ||
		get("cpu", group, "cpu.stat", &b) < 0)
		return -1;
	c->usage_usec = usage / 1000;
	c->user_usec = user / 1000;
	c->system_usec = system / 1000;
	c->nr_periods = keyed(buf_text(&b), "nr_periods");
	c->nr_throttled = keyed(buf_text(&b), "nr_throttled");
	c->throttled_usec = keyed(buf_text(&b), "throttled_time") / 1000;
	buf_finish(&b);
	return 0;
}

static int v1_get_memory(const char *group, uint64_t *bytes)
{
	return get_number("memory", group, "memory.usage_in_bytes", bytes);
}

static int v1_get_pids(const char *group, uint64_t *count)
{
	return get_number("pids", group, "pids.current", count);
}

static int v1_get_procs(const char *group, struct buf *b)
{
	return get("cpu", group, "cgroup.procs", b);
}

const struct group_face group_v1 = {
	.name = "v1",
	.weight_max = SHARES_MAX * UINT64_C(100) / SHARES_ORDINARY,
	.set_weight = v1_weight,
	.set_idle = v1_idle,
	.set_cap = v1_cap,
	.set_cpus = v1_cpus,
	.set_memory = v1_memory,
	.set_pids = v1_pids,
	.get_cpu = v1_get_cpu,
	.get_memory = v1_get_memory,
	.get_pids = v1_get_pids,
	.get_procs = v1_get_procs,
};
