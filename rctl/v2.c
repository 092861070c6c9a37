/* Control groups v2, as in the kernel's Documentation/admin-guide/cgroup-v2. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "rctl/group.h"
#include "rctl/groupfile.h"

enum { WEIGHT_ORDINARY = 100, WEIGHT_MAX = 10000, BFQ_WEIGHT_MAX = 1000 };

static int put_number(const char *group, const char *file, uint64_t n)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return group_put("unified", group, file, n == GROUP_NONE ? "max" : text);
}

static bool has_file(const char *file)
{
	char path[512];
	return group_path("unified", "", file, path, sizeof(path)) == 0 && access(path, F_OK) == 0;
}

/* ---- CPU ---- */

static int v2_weight(const char *group, uint64_t shares)
{
	return put_number(group, "cpu.weight",
	    shares < 1		  ? 1
	    : shares > WEIGHT_MAX ? WEIGHT_MAX
				  : shares);
}

static int v2_idle(const char *group, int on)
{
	if (group_put("unified", group, "cpu.idle", on ? "1" : "0") == 0)
		return 0;
	if (err_code() != ENOENT) /* before Linux 5.15: the smallest weight has to do */
		return -1;
	err_clear();
	return on ? v2_weight(group, 0) : 0;
}

static int v2_cap(const char *group, uint64_t percent)
{
	char text[64];
	if (percent == GROUP_NONE)
		snprintf(text, sizeof(text), "max %d", GROUP_PERIOD_USEC);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " %d", percent * GROUP_PERIOD_USEC / 100,
		    GROUP_PERIOD_USEC);
	return group_put("unified", group, "cpu.max", text);
}

/* Empty means all CPUs of the group above, but the kernel lets nobody empty one that has
 * processes. */
static int cpus_of_parent(const char *group)
{
	struct buf b = {0};
	int result = group_put("unified", group, "cpuset.cpus", "\n");
	if (result < 0 && err_code() == ENOSPC) {
		result = group_get("unified", "", "cpuset.cpus.effective", &b);
		if (result == 0)
			result = group_put("unified", group, "cpuset.cpus", buf_text(&b));
	}
	buf_finish(&b);
	return result;
}

static int v2_cpus(const char *group, const char *cpus)
{
	int result =
	    cpus != NULL ? group_put("unified", group, "cpuset.cpus", cpus) : cpus_of_parent(group);
	return result < 0 ? err_wrap("this host's cpuset group does not take it") : 0;
}

static int v2_get_cpu(const char *group, struct group_cpu *c)
{
	struct buf b = {0};
	if (group_get("unified", group, "cpu.stat", &b) < 0)
		return -1;
	const char *text = buf_text(&b);
	*c = (struct group_cpu){group_keyed(text, "usage_usec"), group_keyed(text, "user_usec"),
	    group_keyed(text, "system_usec"), group_keyed(text, "nr_periods"),
	    group_keyed(text, "nr_throttled"), group_keyed(text, "throttled_usec")};
	buf_finish(&b);
	return 0;
}

static int v2_watch_cpu(const char *group, struct group_watch *w)
{
	*w = (struct group_watch){group_open("unified", group, "cpu.stat"), -1};
	return w->usage < 0 ? -1 : 0;
}

static int stat_watched(const struct group_watch *w, const char *key, uint64_t *n)
{
	char text[1024];
	int result = group_reread(w->usage, text, sizeof(text));
	*n = group_keyed(text, key);
	return result;
}

static int v2_watched_usage(const struct group_watch *w, uint64_t *usec)
{
	return stat_watched(w, "usage_usec", usec);
}

static int v2_watched_held(const struct group_watch *w, uint64_t *nr_throttled)
{
	return stat_watched(w, "nr_throttled", nr_throttled);
}

/* ---- memory ---- */

static int v2_get_memory(const char *group, uint64_t *bytes)
{
	return group_get_number("unified", group, "memory.current", bytes);
}

static int v2_check_swap(uint64_t swap, int memory_bounded)
{
	(void)memory_bounded;
	if (swap == GROUP_NONE)
		return 0;
	return has_file("memory.swap.max")
		   ? 0
		   : err_set(EOPNOTSUPP, "this host has no memory.swap.max: a kernel with "
					 "swap accounting is needed");
}

static int put_swap(const char *group, uint64_t swap)
{
	if (put_number(group, "memory.swap.max", swap) == 0)
		return 0;
	if (swap != GROUP_NONE || err_code() != ENOENT)
		return -1;
	err_clear(); /* there is no limit to take away */
	return 0;
}

/* The kernel accepts a limit below what is in use, and kills for what it can't free. memory.high
 * frees the same and kills nobody: it is tried first. */
static int memory_squeeze(const char *group, uint64_t bytes)
{
	uint64_t used;
	if (v2_get_memory(group, &used) < 0)
		return -1;
	if (used <= bytes)
		return 0;
	if (put_number(group, "memory.high", bytes) < 0 || v2_get_memory(group, &used) < 0 ||
	    put_number(group, "memory.high", GROUP_NONE) < 0)
		return -1;
	if (used <= bytes)
		return 0;
	return err_set(
	    ERANGE, "%" PRIu64 " bytes are in use and can't be taken away: give more", used);
}

static int v2_memory(const char *group, uint64_t bytes, uint64_t swap)
{
	if (memory_squeeze(group, bytes) < 0)
		return -1;
	return put_number(group, "memory.max", bytes) < 0 ? -1 : put_swap(group, swap);
}

static int v2_get_peak(const char *group, uint64_t *bytes)
{
	if (group_get_number("unified", group, "memory.peak", bytes) == 0)
		return 0;
	return err_code() == ENOENT
		   ? err_set(EOPNOTSUPP,
			 "this kernel has no memory.peak: Linux 5.19 or later is needed")
		   : -1;
}

static int v2_get_memory_stat(const char *group, struct buf *b)
{
	return group_get("unified", group, "memory.stat", b);
}

static int v2_get_oom(const char *group, struct group_oom *oom)
{
	struct buf b = {0};
	int result = group_get("unified", group, "memory.events", &b);
	*oom = (struct group_oom){
	    group_keyed(buf_text(&b), "oom"), group_keyed(buf_text(&b), "oom_kill")};
	buf_finish(&b);
	return result;
}

/* The kernel reports a change of memory.events by EPOLLPRI until the file is read. An epoll
 * descriptor of its own makes that readable. */
static int v2_watch_oom(const char *group, struct group_oom_watch *w)
{
	struct epoll_event ev = {.events = EPOLLPRI};
	*w = (struct group_oom_watch){
	    epoll_create1(EPOLL_CLOEXEC), group_open("unified", group, "memory.events")};
	char text[512];
	if (w->fd >= 0 && w->other >= 0 && group_reread(w->other, text, sizeof(text)) == 0) {
		if (epoll_ctl(w->fd, EPOLL_CTL_ADD, w->other, &ev) == 0)
			return 0;
		err_sys("watch memory.events");
	}
	group_unwatch_oom(w);
	return -1;
}

static void v2_told_oom(const struct group_oom_watch *w)
{
	char text[512];
	if (group_reread(w->other, text, sizeof(text)) < 0)
		err_clear(); /* the group goes */
}

/* ---- processes ---- */

static int v2_pids(const char *group, uint64_t count)
{
	return put_number(group, "pids.max", count);
}

static int v2_get_pids(const char *group, uint64_t *count)
{
	return group_get_number("unified", group, "pids.current", count);
}

static int procs_below(int dir, struct buf *b);

static int procs_in(int above, const char *name, struct buf *b)
{
	int dir = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int code = dir < 0 ? errno : fd_read_at(dir, "cgroup.procs", b) < 0 ? err_code() : 0;
	int below = dir < 0 ? 0 : procs_below(dir, b);
	err_clear();
	return code == EACCES ? -1 : below;
}

/* List the processes of the groups in dir, which the helper and the zone made
 * (mount-helper/cgroup/group.h bounds them). A group that was removed meanwhile has none; those of
 * a threaded group are listed in the one above. Closes dir. -1: the zone hides some. */
static int procs_below(int dir, struct buf *b)
{
	DIR *d = fdopendir(dir);
	int result = 0;
	if (d == NULL)
		return fd_close(&dir), 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 && procs_in(dir, e->d_name, b) < 0)
			result = -1;
	closedir(d);
	return result;
}

/* The slow way: read the group of every process of the host. */
static void procs_everywhere(const char *group, struct buf *b)
{
	char mine[512], path[300];
	int n = snprintf(mine, sizeof(mine), "0::/%s/%s/", group_parent(), group);
	DIR *d = opendir("/proc");
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		struct buf of = {0};
		snprintf(path, sizeof(path), "/proc/%s/cgroup", e->d_name);
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && fd_read_at(-1, path, &of) == 0 &&
		    strncmp(buf_text(&of), mine, (size_t)n) == 0)
			buf_printf(b, "%s\n", e->d_name);
		buf_finish(&of);
	}
	if (d != NULL)
		closedir(d);
	err_clear();
}

static int v2_get_procs(const char *group, struct buf *b)
{
	int dir = group_open("unified", group, "");
	if (dir < 0)
		return -1;
	size_t before = b->len;
	int result = fd_read_at(dir, "cgroup.procs", b);
	if (procs_below(dir, b) < 0) {
		buf_cut(b, before);
		procs_everywhere(group, b);
	}
	return result;
}

static int v2_set_frozen(const char *group, int on)
{
	return group_put("unified", group, "cgroup.freeze", on ? "1" : "0");
}

static int v2_get_frozen(const char *group)
{
	struct buf b = {0};
	uint64_t asked = 0;
	if (group_get("unified", group, "cgroup.events", &b) < 0 ||
	    group_get_number("unified", group, "cgroup.freeze", &asked) < 0) {
		buf_finish(&b);
		return -1;
	}
	uint64_t still = group_keyed(buf_text(&b), "frozen");
	buf_finish(&b);
	return still != 0 ? GROUP_FROZEN : asked != 0 ? GROUP_FREEZING : GROUP_THAWED;
}

/* ---- disks ---- */

static int v2_has_io(int weight)
{
	if (weight && !has_file("io.weight") && !has_file("io.bfq.weight"))
		return err_set(EOPNOTSUPP, "this host has no io.weight: a kernel with the BFQ "
					   "scheduler or io.cost is needed");
	if (!weight && !has_file("io.max"))
		return err_set(
		    EOPNOTSUPP, "this host has no io.max: a kernel that throttles is needed");
	return 0;
}

/* Set both weights if both exist: io.cost and BFQ serve different disks. */
static int v2_io_weight(const char *group, uint64_t weight)
{
	if (v2_has_io(1) < 0)
		return -1;
	if (has_file("io.weight") && put_number(group, "io.weight", weight) < 0)
		return -1;
	uint64_t bfq = weight > BFQ_WEIGHT_MAX ? BFQ_WEIGHT_MAX : weight;
	return has_file("io.bfq.weight") ? put_number(group, "io.bfq.weight", bfq) : 0;
}

static int v2_io_max(const char *group, const char *device, const uint64_t most[GROUP_IO_KEYS])
{
	static const char *const keys[GROUP_IO_KEYS] = {"rbps", "wbps", "riops", "wiops"};
	struct buf b = {0};
	buf_str(&b, device);
	for (int k = 0; k < GROUP_IO_KEYS; k++)
		if (most[k] == GROUP_NONE)
			buf_printf(&b, " %s=max", keys[k]);
		else
			buf_printf(&b, " %s=%" PRIu64, keys[k], most[k]);
	int result = group_put("unified", group, "io.max", buf_text(&b));
	buf_finish(&b);
	return result;
}

static int v2_get_io_stat(const char *group, struct buf *b)
{
	return group_get("unified", group, "io.stat", b);
}

const struct group_face group_v2 = {
    .name = "v2",
    .weight_max = WEIGHT_MAX,
    .set_weight = v2_weight,
    .set_idle = v2_idle,
    .set_cap = v2_cap,
    .set_cpus = v2_cpus,
    .set_memory = v2_memory,
    .check_swap = v2_check_swap,
    .set_pids = v2_pids,
    .get_cpu = v2_get_cpu,
    .watch_cpu = v2_watch_cpu,
    .watched_usage = v2_watched_usage,
    .watched_held = v2_watched_held,
    .get_memory = v2_get_memory,
    .get_memory_peak = v2_get_peak,
    .get_memory_stat = v2_get_memory_stat,
    .get_oom = v2_get_oom,
    .watch_oom = v2_watch_oom,
    .told_oom = v2_told_oom,
    .get_pressure = group_pressure,
    .has_io = v2_has_io,
    .set_io_weight = v2_io_weight,
    .set_io_max = v2_io_max,
    .get_io_stat = v2_get_io_stat,
    .get_pids = v2_get_pids,
    .get_procs = v2_get_procs,
    .set_frozen = v2_set_frozen,
    .get_frozen = v2_get_frozen,
};
