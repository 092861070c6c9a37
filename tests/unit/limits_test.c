/* rctl/limits against control groups that are played here: shares, entitlement, what takes force when. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/settings.h"
#include "rctl/group.h"
#include "rctl/kept.h"
#include "rctl/limits.h"

enum { ZONES = 3, WEIGHT_MAX = 25600 };

/* What was last set, by group; [ZONES] is the parent. */
static struct fake {
	uint64_t weight, cap, memory, swap, pids;
	int idle, calls;
	char cpus[32], io[128];
} groups[ZONES + 1];
static int refuse; /* this many calls succeed, then EINVAL; -1: all do */

static struct fake *group_of(const char *name)
{
	struct fake *f = &groups[name[0] == '\0' ? ZONES : atoi(name) - 1];
	f->calls++;
	return f;
}

static int answer(void)
{
	return refuse < 0 || refuse-- > 0 ? 0 : err_set(EINVAL, "the kernel refuses");
}

static int set_weight(const char *group, uint64_t shares)
{
	group_of(group)->weight = shares;
	return answer();
}

static int set_idle(const char *group, int on)
{
	group_of(group)->idle = on;
	return answer();
}

static int set_cap(const char *group, uint64_t percent)
{
	struct fake *f = group_of(group);
	if (answer() < 0)
		return -1;
	f->cap = percent;
	return 0;
}

static int set_cpus(const char *group, const char *cpus)
{
	snprintf(group_of(group)->cpus, sizeof(groups[0].cpus), "%s", cpus != NULL ? cpus : "the parent's");
	return answer();
}

static int set_memory(const char *group, uint64_t bytes, uint64_t swap)
{
	group_of(group)->memory = bytes;
	group_of(group)->swap = swap;
	return answer();
}

static int set_pids(const char *group, uint64_t count)
{
	group_of(group)->pids = count;
	return answer();
}

static int get_number(const char *group, uint64_t *n)
{
	(void)group;
	*n = 12345;
	return answer();
}

static int check_swap(uint64_t swap, int memory_bounded)
{
	return swap != GROUP_NONE && !memory_bounded ? err_set(EOPNOTSUPP, "memory.max first") : 0;
}

static int has_io(int weight)
{
	(void)weight;
	return 0;
}

static int set_io_max(const char *group, const char *device, const uint64_t most[GROUP_IO_KEYS])
{
	struct fake *f = group_of(group);
	size_t n = strlen(f->io);
	snprintf(f->io + n, sizeof(f->io) - n, "%s %lld %lld.", device, (long long)most[0], (long long)most[3]);
	return answer();
}

/* Out of memory as it is told here */
static int oom_pipe[2] = {-1, -1};
static uint64_t oom_kills;

static int get_oom(const char *group, struct group_oom *oom)
{
	(void)group;
	oom->ooms = oom->kills = oom_kills;
	return 0;
}

static int watch_oom(const char *group, struct group_oom_watch *w)
{
	(void)group;
	if (pipe2(oom_pipe, O_CLOEXEC) < 0)
		return err_sys("a pipe");
	*w = (struct group_oom_watch){oom_pipe[0], oom_pipe[1]};
	return 0;
}

static void told_oom(const struct group_oom_watch *w)
{
	char c;
	ck_assert_int_eq(read(w->fd, &c, 1), 1);
}

/* CPU time and throttling as they are told here */
static uint64_t usage_usec, nr_throttled;

static int get_cpu(const char *group, struct group_cpu *c)
{
	(void)group;
	*c = (struct group_cpu){usage_usec, 2, 3, 4, nr_throttled, 6};
	return answer();
}

static int watch_cpu(const char *group, struct group_watch *w)
{
	(void)group;
	*w = (struct group_watch){-1, -1};
	return answer();
}

static int watched_usage(const struct group_watch *w, uint64_t *usec)
{
	(void)w;
	*usec = usage_usec;
	return 0;
}

static int watched_held(const struct group_watch *w, uint64_t *n)
{
	(void)w;
	*n = nr_throttled;
	return 0;
}

static const struct group_face face = {
	.name = "played",
	.weight_max = WEIGHT_MAX,
	.set_weight = set_weight,
	.set_idle = set_idle,
	.set_cap = set_cap,
	.set_cpus = set_cpus,
	.set_memory = set_memory,
	.set_pids = set_pids,
	.get_cpu = get_cpu,
	.watch_cpu = watch_cpu,
	.watched_usage = watched_usage,
	.watched_held = watched_held,
	.check_swap = check_swap,
	.has_io = has_io,
	.set_io_max = set_io_max,
	.set_io_weight = set_pids,
	.get_oom = get_oom,
	.watch_oom = watch_oom,
	.told_oom = told_oom,
	.get_memory = get_number,
	.get_memory_peak = get_number,
	.get_pids = get_number,
};

const struct group_face *group_face(void)
{
	return &face;
}

/* ---- three zones ---- */

static const struct row *const tables[] = {LIMITS_TABLES, NULL};
static const struct type type = {.name = "limited", .tables = tables};
static struct limited zones[ZONES];

static const struct row *row(const char *name)
{
	return row_by_name(&type, name);
}

static int set(int zone, const char *name, const char *value)
{
	const struct row *r = row(name);
	char *text = xstrdup(value);
	struct obj *o = &zones[zone].obj;
	if (r->kind->text)
		free(row_value(o, r)->s);
	int result = r->kind->parse(r, text, row_value(o, r));
	free(text);
	if (result == 0 && r->check != NULL)
		result = r->check(o, r);
	return result == 0 && r->apply != NULL ? r->apply(o, r) : result;
}

static const char *show(int zone, const char *name)
{
	static struct buf b;
	buf_cut(&b, 0);
	ck_assert_int_eq(row(name)->show(&zones[zone].obj, &b), 0);
	return buf_text(&b);
}

static char events[256]; /* "1 throttled." */

static void take_event(struct limited *l, const char *event)
{
	size_t n = strlen(events);
	snprintf(events + n, sizeof(events) - n, "%d %s.", (int)l->obj.id, event);
}

static void open_zones(void)
{
	refuse = -1;
	usage_usec = nr_throttled = oom_kills = 0;
	events[0] = '\0';
	limits_event = take_event;
	loop_init();
	memset(groups, 0, sizeof(groups));
	memset(zones, 0, sizeof(zones));
	for (int i = 0; i < ZONES; i++) {
		zones[i].obj.type = &type;
		zones[i].obj.id = (uint64_t)i + 1;
		limits_init(&zones[i]);
		const struct row *r = NULL;
		while ((r = row_next(&type, r)) != NULL)
			if (r->kind != NULL)
				settings_unset(&zones[i].obj, r);
	}
}

static void close_zones(void)
{
	refuse = -1;
	for (int i = 0; i < ZONES; i++) {
		limits_end(&zones[i]);
		free(zones[i].cpus.s);
		free(zones[i].io_max.s);
	}
	loop_finish();
}

static void begin(int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(limits_begin(&zones[i]), 0);
}

/* ---- what takes force when ---- */

START_TEST(halted_zone_s_limits_wait)
{
	ck_assert_int_eq(set(0, "cpu.cap", "50") | set(0, "memory.max", "64M") | set(0, "cpu.shares", "7"), 0);
	ck_assert_int_eq(groups[0].calls, 0);
	begin(1);
	ck_assert_uint_eq(groups[0].cap, 50);
	ck_assert_uint_eq(groups[0].memory, 64 << 20);
	ck_assert_uint_eq(groups[0].weight, 7);
	ck_assert_uint_eq(groups[0].pids, 0); /* no limit: nothing to set in a new group */
	limits_end(&zones[0]);
	int calls = groups[0].calls;
	ck_assert_int_eq(set(0, "cpu.cap", "60"), 0);
	ck_assert_int_eq(groups[0].calls, calls);
}
END_TEST

START_TEST(running_zone_s_limits_are_set_at_once)
{
	begin(1);
	ck_assert_int_eq(set(0, "cpu.cap", "150"), 0);
	ck_assert_uint_eq(groups[0].cap, 150);
	ck_assert_int_eq(set(0, "cpu.cap", "none"), 0);
	ck_assert_uint_eq(groups[0].cap, GROUP_NONE);
	ck_assert_int_eq(set(0, "pids.max", "9"), 0);
	ck_assert_uint_eq(groups[0].pids, 9);
	ck_assert_int_eq(set(0, "cpu.set", "0"), 0);
	ck_assert_str_eq(groups[0].cpus, "0");
	ck_assert_int_eq(set(0, "cpu.set", "none"), 0);
	ck_assert_str_eq(groups[0].cpus, "the parent's");
	ck_assert_int_eq(set(0, "memory.max", "none"), 0);
	ck_assert_uint_eq(groups[0].memory, GROUP_NONE);
	zones[0].memory_unset = 7 << 20; /* a VM's */
	ck_assert_int_eq(set(0, "memory.max", "none"), 0);
	ck_assert_uint_eq(groups[0].memory, 7 << 20);
}
END_TEST

/* Wherever the kernel says no, begin fails, and the end leaves nothing behind. */
START_TEST(refusal_ends_the_begin)
{
	int failed = 0;
	set(0, "cpu.cap", "50");
	set(0, "cpu.set", "0");
	set(0, "memory.max", "64M");
	set(0, "pids.max", "5");
	set(0, "cpu.shares", "0");
	for (int i = 0; i < 5; i++) {
		refuse = i;
		failed += limits_begin(&zones[0]) < 0;
		refuse = -1;
		limits_end(&zones[0]);
		ck_assert(list_empty(&zones[0].live));
	}
	ck_assert_int_eq(failed, 5);
}
END_TEST

/* ---- shares ---- */

static const struct {
	const char *shares[ZONES];
	uint64_t weights[ZONES], parent;
	int idle[ZONES];
} weights[] = {
	{{"100", "100", "100"}, {100, 100, 100}, 300, {0, 0, 0}},
	{{"1", "50", "25600"}, {1, 50, 25600}, 25651, {0, 0, 0}},
	{{"65535", "100", "1"}, {25600, 39, 1}, 65636, {0, 0, 0}}, /* scaled; never to nothing */
	{{"65535", "65535", "0"}, {25600, 25600, 0}, 131070, {0, 0, 1}},
	{{"0", "100", "200"}, {0, 100, 200}, 300, {1, 0, 0}},
};

START_TEST(shares_become_weights)
{
	for (int i = 0; i < ZONES; i++)
		ck_assert_int_eq(set(i, "cpu.shares", weights[_i].shares[i]), 0);
	begin(ZONES);
	for (int i = 0; i < ZONES; i++) {
		ck_assert_uint_eq(zones[i].weight, weights[_i].weights[i]);
		ck_assert_int_eq(groups[i].idle, weights[_i].idle[i]);
		if (weights[_i].weights[i] != 100 && weights[_i].weights[i] != 0)
			ck_assert_uint_eq(groups[i].weight, weights[_i].weights[i]);
	}
	ck_assert_uint_eq(groups[ZONES].weight, weights[_i].parent);
}
END_TEST

START_TEST(end_of_one_gives_to_the_others)
{
	set(0, "cpu.shares", "65535");
	begin(ZONES);
	ck_assert_uint_eq(groups[1].weight, 39);
	limits_end(&zones[0]);
	ck_assert_uint_eq(groups[1].weight, 100);
	ck_assert_uint_eq(groups[ZONES].weight, 200);
	limits_end(&zones[0]); /* twice is harmless */
}
END_TEST

START_TEST(idle_and_back)
{
	begin(1);
	set(0, "cpu.shares", "0");
	ck_assert_int_eq(groups[0].idle, 1);
	set(0, "cpu.shares", "100");
	ck_assert_int_eq(groups[0].idle, 0);
	ck_assert_uint_eq(groups[0].weight, 100);
}
END_TEST

/* A daemon before us set all but what it can't know: the shares of those that are here now. */
START_TEST(found_zone_is_weighed)
{
	set(0, "cpu.cap", "50");
	limits_found(&zones[0]);
	ck_assert_uint_eq(groups[0].weight, 100);
	ck_assert_uint_eq(groups[0].cap, 50); /* it may have died half-way */
	ck_assert_uint_eq(groups[0].memory, 0);
	ck_assert_int_eq(groups[0].idle, 0);
}
END_TEST

START_TEST(found_idle_zone_is_idle)
{
	set(0, "cpu.shares", "0");
	limits_found(&zones[0]);
	ck_assert_int_eq(groups[0].idle, 1);
}
END_TEST

/* ---- entitlement: shares by all shares, times the CPUs, never over the cap ---- */

static const struct {
	const char *shares[ZONES], *cap; /* of the first */
	int live;
	uint64_t of_one_cpu; /* of the first; times the CPUs where no cap is less */
	uint64_t most;
} entitled[] = {
	{{"100", "100", "100"}, "none", 1, 100, 0},
	{{"100", "100", "100"}, "none", 2, 50, 0},
	{{"100", "300", "100"}, "none", 3, 20, 0},
	{{"65535", "65535", "65535"}, "none", 2, 50, 0},
	{{"0", "100", "100"}, "none", 2, 0, 0},
	{{"0", "0", "100"}, "none", 2, 0, 0},
	{{"100", "100", "100"}, "1", 1, 100, 1},
	{{"100", "100", "100"}, "none", 0, 0, 0},
};

START_TEST(entitlement)
{
	char text[32];
	for (int i = 0; i < ZONES; i++)
		set(i, "cpu.shares", entitled[_i].shares[i]);
	set(0, "cpu.cap", entitled[_i].cap);
	begin(entitled[_i].live);
	uint64_t n = entitled[_i].most != 0 ? entitled[_i].most : entitled[_i].of_one_cpu * host_cpus();
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)n);
	ck_assert_str_eq(show(0, "cpu.entitlement"), text);
}
END_TEST

START_TEST(counters_are_shown)
{
	ck_assert_str_eq(show(0, "memory.current"), "0\n");
	ck_assert_str_eq(show(0, "cpu.stat"),
		"usage_usec 0\nuser_usec 0\nsystem_usec 0\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n"
		"value none\nbaseline none\neffective none\nburst_limit_sec none\nbursting_sec 0.000\nusage 0\n"
		"maxusage 0\nbelow_sec 0.000\nabove_sec 0.000\nabove_base_sec 0.000\n");
	begin(1);
	usage_usec = 1;
	nr_throttled = 5;
	ck_assert_str_eq(show(0, "memory.current"), "12345\n");
	ck_assert_str_eq(show(0, "pids.current"), "12345\n");
	ck_assert_ptr_nonnull(strstr(show(0, "cpu.stat"),
		"usage_usec 1\nuser_usec 2\nsystem_usec 3\nnr_periods 4\nnr_throttled 5\nthrottled_usec 6\n"));
}
END_TEST

/* ---- bursting: the machine itself is in burst_test.c ---- */

static void shows(const char *line)
{
	const char *text = show(0, "cpu.stat");
	ck_assert_msg(strstr(text, line) != NULL, "no %s in %s", line, text);
}

START_TEST(swap_needs_a_limit_of_memory_here)
{
	ck_assert_int_eq(set(0, "memory.swap", "1M"), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_int_eq(set(0, "memory.max", "2M") | set(0, "memory.swap", "1M"), 0);
	begin(1);
	ck_assert_uint_eq(groups[0].swap, 1 << 20);
	ck_assert_int_eq(set(0, "memory.swap", "none"), 0);
	ck_assert_uint_eq(groups[0].swap, GROUP_NONE);
}
END_TEST

START_TEST(io_max_of_a_disk_goes_when_its_line_does)
{
	begin(1);
	zones[0].io_max.s = xstrdup("7:0 rbps=5 wiops=6\n7:1 wbps=1\n");
	ck_assert_int_eq(row("io.max")->apply(&zones[0].obj, row("io.max")), 0);
	ck_assert_str_eq(groups[0].io, "7:0 5 6.7:1 -1 -1.");
	groups[0].io[0] = '\0';
	zones[0].io_max.s[0] = '\0';
	ck_assert_int_eq(row("io.max")->apply(&zones[0].obj, row("io.max")), 0);
	ck_assert_str_eq(groups[0].io, "7:0 -1 -1.7:1 -1 -1.");
	ck_assert_int_eq(set(0, "io.max", "4095:1048575 rbps=1"), -1);
	ck_assert_int_eq(err_code(), ENOENT);
}
END_TEST

START_TEST(oom_is_told)
{
	begin(1);
	ck_assert_str_eq(show(0, "memory.events"), "oom 0\noom_kill 0\n");
	limits_leave(&zones[0]);
	oom_kills = 2; /* while there was no daemon */
	limits_found(&zones[0]);
	ck_assert_str_eq(events, ""); /* nothing is kept without a file */
	limits_end(&zones[0]);
	oom_kills = 0;
	begin(1);
	oom_kills = 1; /* its last deed */
	limits_end(&zones[0]);
	ck_assert_str_eq(events, "1 oom.");
}
END_TEST

static void stop(void *arg)
{
	(void)arg;
	loop_stop(0);
}

START_TEST(oom_is_told_when_somebody_was_killed)
{
	begin(1);
	ck_assert_int_eq(write(oom_pipe[1], "x", 1), 1);
	struct source *end = loop_after(20000, stop, NULL);
	loop_run();
	ck_assert_str_eq(events, ""); /* the kernel tells first, and then kills */
	oom_kills = 1;
	loop_close(&end);
	end = loop_after(200000, stop, NULL);
	loop_run();
	loop_close(&end);
	ck_assert_str_eq(events, "1 oom.");
	ck_assert_str_eq(show(0, "memory.events"), "oom 1\noom_kill 1\n");
}
END_TEST

START_TEST(baseline_is_below_the_cap)
{
	ck_assert_int_eq(set(0, "cpu.baseline", "70"), 0); /* kept: there is no cap yet */
	shows("baseline none");
	ck_assert_int_eq(set(0, "cpu.cap", "69"), -1);
	ck_assert_int_eq(err_code(), ERANGE);
	ck_assert_str_eq(err_text(),
		"69 is below cpu.baseline, which is 70: give at least that, or lower cpu.baseline first");
	ck_assert_int_eq(set(0, "cpu.cap", "70"), 0);
	shows("value 70\nbaseline 70\neffective 70\nburst_limit_sec 0\n");
	ck_assert_int_eq(set(0, "cpu.baseline", "71"), -1);
	ck_assert_int_eq(err_code(), ERANGE);
	ck_assert_str_eq(err_text(),
		"71 is above cpu.cap, which is 70: give at most that, or raise cpu.cap first");
	ck_assert_int_eq(set(0, "cpu.baseline", "none") | set(0, "cpu.cap", "1"), 0);
}
END_TEST

/* The zone as one that was throttled just now, by what is kept of it. */
static void throttle(int zone)
{
	set(zone, "cpu.cap", "100");
	set(zone, "cpu.baseline", "20");
	set(zone, "cpu.burst_time", "10");
	begin(1);
	zones[zone].kept->burst = (struct burst){.usage = 100, .bursting = 10};
	zones[zone].kept->at -= 100000;
	usage_usec = 100000;
	show(zone, "cpu.stat");
	ck_assert_str_eq(events, "1 throttled.");
	ck_assert_uint_eq(groups[zone].cap, 20);
	events[0] = '\0';
}

START_TEST(throttled_zone_has_its_baseline)
{
	throttle(0);
	shows("value 100\nbaseline 20\neffective 20\nburst_limit_sec 10\nbursting_sec 9.");
}
END_TEST

START_TEST(new_cap_releases)
{
	throttle(0);
	ck_assert_int_eq(set(0, "cpu.cap", "150"), 0);
	ck_assert_uint_eq(groups[0].cap, 150);
	ck_assert_str_eq(events, "1 released.");
}
END_TEST

START_TEST(same_cap_does_not)
{
	throttle(0);
	ck_assert_int_eq(set(0, "cpu.cap", "100"), 0); /* as after a refused write */
	ck_assert_uint_eq(groups[0].cap, 20);
	ck_assert_str_eq(events, "");
}
END_TEST

START_TEST(new_baseline_moves_or_releases)
{
	throttle(0);
	ck_assert_int_eq(set(0, "cpu.baseline", "30"), 0);
	ck_assert_uint_eq(groups[0].cap, 30);
	ck_assert_str_eq(events, "");
	ck_assert_int_eq(set(0, "cpu.baseline", "none"), 0);
	ck_assert_uint_eq(groups[0].cap, 100);
	ck_assert_str_eq(events, "1 released.");
}
END_TEST

START_TEST(burst_time_0_releases)
{
	throttle(0);
	ck_assert_int_eq(set(0, "cpu.burst_time", "0"), 0);
	ck_assert_uint_eq(groups[0].cap, 100);
	ck_assert_str_eq(events, "1 released.");
}
END_TEST

START_TEST(refused_limit_keeps_the_throttle)
{
	throttle(0);
	refuse = 0;
	ck_assert_int_eq(set(0, "cpu.cap", "150"), -1);
	refuse = -1;
	ck_assert_int_eq(set(0, "cpu.cap", "100"), 0); /* what change.c does then */
	ck_assert_uint_eq(groups[0].cap, 20);
	ck_assert(zones[0].kept->burst.throttled);
	ck_assert_str_eq(events, "");
}
END_TEST

/* What is counted is in a file: the daemon goes, or is killed, and the next goes on. */
static int kept_dir(void)
{
	static char path[32] = "/tmp/warren-unit.XXXXXX";
	strcpy(path, "/tmp/warren-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
	limits_open(dir);
	return dir;
}

static void kept_gone(int dir)
{
	char path[64], self[32];
	limits_close();
	ck_assert_int_eq(unlinkat(dir, "limits", 0), 0);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", dir);
	ssize_t n = readlink(self, path, sizeof(path) - 1);
	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	ck_assert_int_eq(rmdir(path), 0);
	close(dir);
}

static void restart(int dir, int64_t away_usec)
{
	limits_leave(&zones[0]);
	limits_close();
	limits_open(dir);
	int was;
	struct kept *k = kept_find(1, &was);
	ck_assert_int_eq(was, 1);
	k->at -= away_usec;
	limits_close();
	limits_open(dir);
	groups[0].cap = 0;
	limits_found(&zones[0]);
}

START_TEST(throttle_outlives_the_daemon)
{
	int dir = kept_dir();
	throttle(0);
	restart(dir, 3000000);
	ck_assert_uint_eq(groups[0].cap, 20);
	shows("bursting_sec 6.");
	restart(dir, 10000000);
	ck_assert_uint_eq(groups[0].cap, 100);
	ck_assert_str_eq(events, "1 released.");
	limits_end(&zones[0]);
	kept_gone(dir);
}
END_TEST

START_TEST(next_boot_begins_anew)
{
	int dir = kept_dir();
	throttle(0);
	limits_end(&zones[0]);
	begin(1);
	shows("bursting_sec 0.000\n");
	ck_assert_uint_eq(groups[0].cap, 100);
	limits_end(&zones[0]);
	kept_gone(dir);
}
END_TEST

START_TEST(damaged_file_is_begun_anew)
{
	int dir = kept_dir();
	throttle(0);
	zones[0].kept->burst.usage = -1;
	limits_leave(&zones[0]);
	limits_found(&zones[0]); /* its place is no good */
	ck_assert_uint_eq(groups[0].cap, 100);
	limits_leave(&zones[0]);
	limits_close();
	int fd = openat(dir, "limits", O_WRONLY | O_TRUNC | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "rubbish", 7), 7);
	close(fd);
	limits_open(dir);
	limits_found(&zones[0]);
	shows("bursting_sec 0.000\n");
	limits_end(&zones[0]);
	kept_gone(dir);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("limits");
	TCase *t = tcase_create("limits");
	tcase_add_checked_fixture(t, open_zones, close_zones);
	tcase_add_test(t, halted_zone_s_limits_wait);
	tcase_add_test(t, running_zone_s_limits_are_set_at_once);
	tcase_add_test(t, refusal_ends_the_begin);
	tcase_add_loop_test(t, shares_become_weights, 0, NELEM(weights));
	tcase_add_test(t, end_of_one_gives_to_the_others);
	tcase_add_test(t, idle_and_back);
	tcase_add_test(t, found_zone_is_weighed);
	tcase_add_test(t, found_idle_zone_is_idle);
	tcase_add_loop_test(t, entitlement, 0, NELEM(entitled));
	tcase_add_test(t, counters_are_shown);
	tcase_add_test(t, swap_needs_a_limit_of_memory_here);
	tcase_add_test(t, io_max_of_a_disk_goes_when_its_line_does);
	tcase_add_test(t, oom_is_told);
	tcase_add_test(t, oom_is_told_when_somebody_was_killed);
	tcase_add_test(t, baseline_is_below_the_cap);
	tcase_add_test(t, throttled_zone_has_its_baseline);
	tcase_add_test(t, new_cap_releases);
	tcase_add_test(t, same_cap_does_not);
	tcase_add_test(t, new_baseline_moves_or_releases);
	tcase_add_test(t, burst_time_0_releases);
	tcase_add_test(t, refused_limit_keeps_the_throttle);
	tcase_add_test(t, throttle_outlives_the_daemon);
	tcase_add_test(t, next_boot_begins_anew);
	tcase_add_test(t, damaged_file_is_begun_anew);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
