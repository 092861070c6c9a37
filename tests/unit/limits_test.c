/* rctl/limits against control groups that are played here: shares, entitlement, what takes force when. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "rctl/group.h"
#include "rctl/limits.h"

enum { ZONES = 3, WEIGHT_MAX = 25600 };

/* What was last set, by group; [ZONES] is the parent. */
static struct fake {
	uint64_t weight, cap, memory, pids;
	int idle, calls;
	char cpus[32];
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
	group_of(group)->cap = percent;
	return answer();
}

static int set_cpus(const char *group, const char *cpus)
{
	snprintf(group_of(group)->cpus, sizeof(groups[0].cpus), "%s", cpus != NULL ? cpus : "the parent's");
	return answer();
}

static int set_memory(const char *group, uint64_t bytes)
{
	group_of(group)->memory = bytes;
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

static int get_cpu(const char *group, struct group_cpu *c)
{
	(void)group;
	*c = (struct group_cpu){1, 2, 3, 4, 5, 6};
	return answer();
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
	.get_memory = get_number,
	.get_pids = get_number,
};

const struct group_face *group_face(void)
{
	return &face;
}

/* ---- three zones ---- */

static const struct row *const tables[] = {limits_rows, NULL};
static const struct type type = {.name = "limited", .tables = tables};
static struct limited zones[ZONES];

static const struct row *row(const char *name)
{
	const struct row *r = limits_rows;
	while (strcmp(r->name, name) != 0)
		r++;
	return r;
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
	return result == 0 && r->apply != NULL ? r->apply(o, r) : result;
}

static const char *show(int zone, const char *name)
{
	static struct buf b;
	buf_cut(&b, 0);
	ck_assert_int_eq(row(name)->show(&zones[zone].obj, &b), 0);
	return buf_text(&b);
}

static void open_zones(void)
{
	refuse = -1;
	memset(groups, 0, sizeof(groups));
	memset(zones, 0, sizeof(zones));
	for (int i = 0; i < ZONES; i++) {
		zones[i].obj.type = &type;
		zones[i].obj.id = (uint64_t)i + 1;
		limits_init(&zones[i]);
		for (const struct row *r = limits_rows; r->name != NULL; r++)
			if (r->kind != NULL)
				ck_assert_int_eq(set(i, r->name, r->unset), 0);
	}
}

static void close_zones(void)
{
	refuse = -1;
	for (int i = 0; i < ZONES; i++) {
		limits_end(&zones[i]);
		free(zones[i].cpus.s);
	}
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
	ck_assert_uint_eq(groups[0].cap, 0);
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
		"usage_usec 0\nuser_usec 0\nsystem_usec 0\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n");
	begin(1);
	ck_assert_str_eq(show(0, "memory.current"), "12345\n");
	ck_assert_str_eq(show(0, "pids.current"), "12345\n");
	ck_assert_str_eq(show(0, "cpu.stat"),
		"usage_usec 1\nuser_usec 2\nsystem_usec 3\nnr_periods 4\nnr_throttled 5\nthrottled_usec 6\n");
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
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
