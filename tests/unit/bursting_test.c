/* Bursting zones against fake control groups; the machine itself is in burst_test.c. */
#include <sys/syscall.h>
#include <time.h>

#include "tests/unit/fake_groups.h"

/* The host's clocks: while it is suspended CLOCK_MONOTONIC stands still, as the zones do, and
 * others go on. */
static time_t suspended;

int clock_gettime(clockid_t id, struct timespec *t)
{
	int r = (int)syscall(SYS_clock_gettime, id, t);
	if (id != CLOCK_MONOTONIC)
		t->tv_sec += suspended;
	return r;
}

static void shows(const char *line)
{
	const char *text = show(0, "cpu.stat");
	ck_assert_msg(strstr(text, line) != NULL, "no %s in %s", line, text);
}

START_TEST(baseline_is_below_the_cap)
{
	ck_assert_int_eq(set(0, "cpu.baseline", "70"), 0); /* kept: there is no cap yet */
	shows("baseline none");
	ck_assert_int_eq(set(0, "cpu.cap", "69"), -1);
	ck_assert_int_eq(err_code(), ERANGE);
	ck_assert_str_eq(err_text(), "69 is below cpu.baseline, which is 70: give at least that, "
				     "or lower cpu.baseline first");
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
	ck_assert_str_eq(show(0, "cpu.entitlement"), "20\n"); /* no more is guaranteed now */
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

/* Counters are in a file: the daemon ends, or is killed, and the next goes on from there. */
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

/* An hour in which nobody ran and nothing was used is no rest: what is used up stays so, what is
 * left, too. */
START_TEST(suspended_host_changes_nothing)
{
	int dir = kept_dir();
	throttle(0);
	suspended = 3600;
	shows("effective 20\nburst_limit_sec 10\nbursting_sec 9.");
	restart(dir, 0); /* and the next daemon */
	shows("effective 20\nburst_limit_sec 10\nbursting_sec 9.");
	ck_assert_uint_eq(groups[0].cap, 20);
	ck_assert_str_eq(events, "");
	zones[0].kept->burst = (struct burst){.bursting = 4.05};
	suspended *= 2;
	shows("effective 100\nburst_limit_sec 10\nbursting_sec 4.0");
	suspended = 0;
	limits_end(&zones[0]);
	kept_gone(dir);
}
END_TEST

/* The daemon dies after the change and before its event, or before its limit is in the kernel. */
START_TEST(turn_without_its_event_is_told)
{
	int dir = kept_dir();
	throttle(0);
	zones[0].kept->told = false;
	restart(dir, 0);
	ck_assert_uint_eq(groups[0].cap, 20);
	ck_assert_str_eq(events, "1 throttled.");
	restart(dir, 0);
	ck_assert_str_eq(events, "1 throttled."); /* once */
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

static void add(TCase *t)
{
	tcase_add_test(t, baseline_is_below_the_cap);
	tcase_add_test(t, throttled_zone_has_its_baseline);
	tcase_add_test(t, new_cap_releases);
	tcase_add_test(t, same_cap_does_not);
	tcase_add_test(t, new_baseline_moves_or_releases);
	tcase_add_test(t, burst_time_0_releases);
	tcase_add_test(t, refused_limit_keeps_the_throttle);
	tcase_add_test(t, throttle_outlives_the_daemon);
	tcase_add_test(t, suspended_host_changes_nothing);
	tcase_add_test(t, turn_without_its_event_is_told);
	tcase_add_test(t, next_boot_begins_anew);
	tcase_add_test(t, damaged_file_is_begun_anew);
}

int main(void)
{
	return run_suite("bursting", add);
}
