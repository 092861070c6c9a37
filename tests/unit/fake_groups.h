/* Fake control groups: what limits_test.c and bursting_test.c set and read. */
#ifndef WARREN_TESTS_UNIT_FAKE_GROUPS_H
#define WARREN_TESTS_UNIT_FAKE_GROUPS_H

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
#include "tests/unit/suite.h"

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
	snprintf(group_of(group)->cpus, sizeof(groups[0].cpus), "%s",
	    cpus != NULL ? cpus : "the parent's");
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
	snprintf(f->io + n, sizeof(f->io) - n, "%s %lld %lld.", device, (long long)most[0],
	    (long long)most[3]);
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

/* The value alone, neither checked nor applied. */
static int put(int zone, const char *name, const char *value)
{
	const struct row *r = row(name);
	char *text = xstrdup(value);
	union value *at = row_value(&zones[zone].obj, r);
	if (r->kind->owned)
		free(at->p);
	int result = r->kind->parse(r, text, at);
	free(text);
	return result;
}

static int set(int zone, const char *name, const char *value)
{
	const struct row *r = row(name);
	struct obj *o = &zones[zone].obj;
	int result = put(zone, name, value);
	if (result == 0 && r->check != NULL)
		result = r->check(o, r);
	return result == 0 && r->apply != NULL ? r->apply(o, r) : result;
}

static const char *show(int zone, const char *name)
{
	static struct buf b;
	buf_cut(&b, 0);
	ck_assert_int_eq(row(name)->show(&zones[zone].obj, row(name), &b), 0);
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
		free(zones[i].io_max.p);
	}
	loop_finish();
}

static void begin(int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(limits_begin(&zones[i]), 0);
}

static inline int run_suite(const char *name, void (*add)(TCase *))
{
	Suite *s = suite_create(name);
	TCase *t = tcase_create(name);
	tcase_add_checked_fixture(t, open_zones, close_zones);
	add(t);
	suite_add_tcase(s, t);
	return suite_run(s);
}

#endif
