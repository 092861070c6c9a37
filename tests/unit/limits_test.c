/* rctl/limits against fake control groups: shares, entitlement, and what takes force when. */
#include "tests/unit/fake_groups.h"

/* ---- what takes force when ---- */

START_TEST(halted_zone_s_limits_wait)
{
	ck_assert_int_eq(
	    set(0, "cpu.cap", "50") | set(0, "memory.max", "64M") | set(0, "cpu.shares", "7"), 0);
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

/* A VM's RAM becomes more and less; the next daemon knows the limit. */
START_TEST(unset_memory_follows_what_it_is)
{
	zones[0].memory_unset = 7 << 20;
	begin(1);
	ck_assert_int_eq(limits_unset_memory(&zones[0], 9 << 20), 0);
	ck_assert_uint_eq(groups[0].memory, 9 << 20);
	ck_assert_uint_eq(zones[0].kept->memory_unset, 9 << 20);
	refuse = 0;
	ck_assert_int_lt(limits_unset_memory(&zones[0], 8 << 20), 0);
	refuse = -1;
	ck_assert_uint_eq(zones[0].memory_unset, 9 << 20);
	ck_assert_uint_eq(zones[0].kept->memory_unset, 9 << 20);
	ck_assert_int_eq(set(0, "memory.max", "64M"), 0);
	ck_assert_int_eq(limits_unset_memory(&zones[0], 8 << 20), 0);
	ck_assert_uint_eq(groups[0].memory, 64 << 20);
	ck_assert_int_eq(set(0, "memory.max", "none"), 0);
	ck_assert_uint_eq(groups[0].memory, 8 << 20);
}
END_TEST

/* Whichever limit the kernel refuses, begin fails, and the end leaves nothing behind. */
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
	int idle[ZONES], parent_idle;
} weights[] = {
    {{"100", "100", "100"}, {100, 100, 100}, 300, {0, 0, 0}, 0},
    {{"1", "50", "25600"}, {1, 50, 25600}, 25651, {0, 0, 0}, 0},
    {{"65535", "100", "1"}, {25600, 39, 1}, 65636, {0, 0, 0}, 0}, /* scaled; never to nothing */
    {{"65535", "65535", "0"}, {25600, 25600, 0}, 131070, {0, 0, 1}, 0},
    {{"0", "100", "200"}, {0, 100, 200}, 300, {1, 0, 0}, 0},
    {{"0", "0", "0"}, {0, 0, 0}, 0, {1, 1, 1}, 1}, /* the host's processes go first, too */
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
	ck_assert_int_eq(groups[ZONES].idle, weights[_i].parent_idle);
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

START_TEST(parent_is_idle_while_all_are)
{
	set(0, "cpu.shares", "0");
	begin(1);
	ck_assert_int_eq(groups[ZONES].idle, 1);
	ck_assert_int_eq(limits_begin(&zones[1]), 0);
	ck_assert_int_eq(groups[ZONES].idle, 0);
	ck_assert_uint_eq(groups[ZONES].weight, 100);
	limits_end(&zones[1]);
	ck_assert_int_eq(groups[ZONES].idle, 1);
	ck_assert_int_eq(set(0, "cpu.shares", "5"), 0);
	ck_assert_int_eq(groups[ZONES].idle, 0);
	ck_assert_uint_eq(groups[ZONES].weight, 5);
}
END_TEST

/* An earlier daemon has set all limits, but it did not know the shares of those that run now. */
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
	uint64_t n =
	    entitled[_i].most != 0 ? entitled[_i].most : entitled[_i].of_one_cpu * host_cpus();
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)n);
	ck_assert_str_eq(show(0, "cpu.entitlement"), text);
}
END_TEST

START_TEST(counters_are_shown)
{
	ck_assert_str_eq(show(0, "memory.current"), "0\n");
	ck_assert_str_eq(show(0, "cpu.stat"),
	    "usage_usec 0\nuser_usec 0\nsystem_usec 0\nnr_periods 0\nnr_throttled "
	    "0\nthrottled_usec 0\n"
	    "value none\nbaseline none\neffective none\nburst_limit_sec none\nbursting_sec "
	    "0.000\nusage 0\n"
	    "maxusage 0\nbelow_sec 0.000\nabove_sec 0.000\nabove_base_sec 0.000\n");
	begin(1);
	usage_usec = 1;
	nr_throttled = 5;
	ck_assert_str_eq(show(0, "memory.current"), "12345\n");
	ck_assert_str_eq(show(0, "pids.current"), "12345\n");
	ck_assert_ptr_nonnull(
	    strstr(show(0, "cpu.stat"), "usage_usec 1\nuser_usec 2\nsystem_usec 3\nnr_periods "
					"4\nnr_throttled 5\nthrottled_usec 6\n"));
}
END_TEST

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
	put(0, "io.max", "7:0 rbps=5 wiops=6\n7:1 wbps=1");
	ck_assert_int_eq(row("io.max")->apply(&zones[0].obj, row("io.max")), 0);
	ck_assert_str_eq(groups[0].io, "7:0 5 6.7:1 -1 -1.");
	groups[0].io[0] = '\0';
	put(0, "io.max", "none");
	ck_assert_int_eq(row("io.max")->apply(&zones[0].obj, row("io.max")), 0);
	ck_assert_str_eq(groups[0].io, "7:0 -1 -1.7:1 -1 -1.");
	ck_assert_int_eq(set(0, "io.max", "4095:1048575 rbps=1"), -1);
	ck_assert_int_eq(err_code(), ENOENT);
}
END_TEST

START_TEST(lines_of_io_max_are_bounded)
{
	struct buf lines = {0};
	for (int i = 0; i < 256; i++)
		buf_printf(&lines, "7:%d rbps=1\n7:300 rbps=none\n", i);
	ck_assert_int_eq(put(0, "io.max", buf_text(&lines)), 0);
	buf_str(&lines, "7:256 rbps=1\n");
	ck_assert_int_eq(put(0, "io.max", buf_text(&lines)), -1);
	ck_assert_int_eq(err_code(), ERANGE);
	buf_finish(&lines);
}
END_TEST

/* The second of two is refused: none of what was new stays, and what was before is in force. */
START_TEST(refused_io_max_leaves_nothing)
{
	begin(1);
	put(0, "io.max", "7:0 rbps=1");
	ck_assert_int_eq(row("io.max")->apply(&zones[0].obj, row("io.max")), 0);
	groups[0].io[0] = '\0';
	put(0, "io.max", "7:1 rbps=2\n7:2 rbps=3");
	refuse = 2;
	ck_assert_int_eq(row("io.max")->apply(&zones[0].obj, row("io.max")), -1);
	refuse = -1;
	put(0, "io.max", "7:0 rbps=1");
	ck_assert_int_eq(row("io.max")->apply(&zones[0].obj, row("io.max")), 0);
	ck_assert_str_eq(groups[0].io, "7:0 -1 -1.7:1 2 -1.7:2 3 -1.7:1 -1 -1.7:2 -1 -1.7:0 1 -1.");
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

static void add(TCase *t)
{
	tcase_add_test(t, halted_zone_s_limits_wait);
	tcase_add_test(t, running_zone_s_limits_are_set_at_once);
	tcase_add_test(t, unset_memory_follows_what_it_is);
	tcase_add_test(t, refusal_ends_the_begin);
	tcase_add_loop_test(t, shares_become_weights, 0, NELEM(weights));
	tcase_add_test(t, end_of_one_gives_to_the_others);
	tcase_add_test(t, idle_and_back);
	tcase_add_test(t, parent_is_idle_while_all_are);
	tcase_add_test(t, found_zone_is_weighed);
	tcase_add_test(t, found_idle_zone_is_idle);
	tcase_add_loop_test(t, entitlement, 0, NELEM(entitled));
	tcase_add_test(t, counters_are_shown);
	tcase_add_test(t, swap_needs_a_limit_of_memory_here);
	tcase_add_test(t, io_max_of_a_disk_goes_when_its_line_does);
	tcase_add_test(t, lines_of_io_max_are_bounded);
	tcase_add_test(t, refused_io_max_leaves_nothing);
	tcase_add_test(t, oom_is_told);
	tcase_add_test(t, oom_is_told_when_somebody_was_killed);
}

int main(void)
{
	return run_suite("limits", add);
}
