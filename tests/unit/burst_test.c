/* rctl/burst against the reference: the golden vectors and what follows from them, by a fake clock.
 * It is looked at every 100 ms, on time or late by up to 8 ms, and when the machine said that
 * something is due; and every 300 ms, as the daemon does with very many zones. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "rctl/burst.h"
#include "tests/unit/suite.h"

static double near; /* how far from the reference we may be, in seconds */

enum { TURNS = 64 };

/* A load under the machine, and a record of what it did. */
struct play {
	struct burst_limits limits;
	struct burst s;
	double now, used; /* seconds; seconds of CPU time */
	double every; /* between looks */
	double late; /* looks come late by up to this */
	unsigned seed;
	int turns;
	double at[TURNS]; /* when it was throttled (even) and released (odd) */
	double low, high; /* of bursting, at whole seconds */
};

typedef double demand(double t); /* percent of one CPU that it would take */

static double constant(double t)
{
	return t < 0 ? 0 : 400;
}

static double one_cpu(double t)
{
	return t < 0 ? 0 : 100;
}

static double two_cpus_with_a_rest(double t)
{
	return t >= 4 && t < 6 ? 0 : 200;
}

static double less(double t)
{
	return t < 0 ? 0 : 40;
}

static double fifteen_seconds(double t)
{
	return t < 15 ? 200 : 0;
}

static double on_and_off(double t)
{
	return fmod(t, 2) < 1 ? 100 : 0;
}

static double a_little_above(double t)
{
	return t < 0 ? 0 : 60;
}

static double idle_from_11(double t)
{
	return t < 11 ? 400 : 0;
}

/* CPU seconds used from a to b under the limit in force */
static double use(const struct play *p, demand *load, double a, double b)
{
	double limit = burst_effective(&p->s, &p->limits), sum = 0, ms = 0.001;
	for (double t = a; t < b - ms / 1000; t += ms)
		sum += fmin(load(t), limit) / 100 * fmin(ms, b - t);
	return sum;
}

static void look(struct play *p, demand *load, double t)
{
	double cpu = use(p, load, p->now, t);
	bool throttled = p->s.throttled;
	p->s = burst_step(p->s, &p->limits, t - p->now, cpu, 0);
	p->used += cpu;
	p->now = t;
	if (p->s.throttled != throttled && p->turns < TURNS)
		p->at[p->turns++] = t;
}

static double lateness(struct play *p)
{
	p->seed = p->seed * 1103515245 + 12345;
	return p->late * ((p->seed >> 16) % 1000) / 1000;
}

static void run(struct play *p, demand *load, double until)
{
	while (p->now < until - 1e-9) {
		double grid = (floor(p->now / p->every + 1e-6) + 1) * p->every;
		double due = p->now + fmax(burst_due(&p->s, &p->limits), 0.001);
		look(p, load, fmin(fmin(grid, due) + lateness(p), until));
		double second = p->now - floor(p->now + 1e-6);
		if (p->now > 2 && second < 1e-6) {
			p->low = fmin(p->low, p->s.bursting);
			p->high = fmax(p->high, p->s.bursting);
		}
	}
}

static struct play play(int i, double time)
{
	static const double late[] = {0, 0.002, 0.005, 0.008};
	bool many = i >= (int)NELEM(late);
	near = many ? 0.15 : 0.03;
	return (struct play){.limits = {200, 50, time},
	    .every = many ? 0.3 : 0.1,
	    .late = late[i % (int)NELEM(late)],
	    .seed = (unsigned)i,
	    .low = 1e9};
}
enum { PLAYS = 8 };

static void is_near(double got, double want)
{
	ck_assert_double_eq_tol(got, want, near);
}

static void turns_are(const struct play *p, const double *want, int n)
{
	ck_assert_int_eq(p->turns, n);
	for (int i = 0; i < n; i++)
		is_near(p->at[i], want[i]);
}

/* ---- golden vectors ---- */

START_TEST(vector_a)
{
	static const double want[] = {
	    10.013, 20.013, 30.013, 40.013, 50.013, 60.013, 70.013, 80.013};
	struct play p = play(_i, 10);
	run(&p, constant, 85);
	turns_are(&p, want, NELEM(want));
}
END_TEST

START_TEST(vector_b)
{
	static const double want[] = {13.810, 23.810, 33.810};
	struct play p = play(_i, 10);
	run(&p, two_cpus_with_a_rest, 4);
	is_near(p.s.bursting, 3.972);
	run(&p, two_cpus_with_a_rest, 6);
	is_near(p.s.bursting, 2.246);
	run(&p, two_cpus_with_a_rest, 40);
	turns_are(&p, want, NELEM(want));
}
END_TEST

START_TEST(vector_c)
{
	struct play p = play(_i, 0);
	run(&p, one_cpu, 20);
	ck_assert_int_eq(p.turns, 0);
	ck_assert_int_eq(lround(p.s.above_base), 20);
	is_near(p.s.above_base, 20 - 0.069); /* its way up to the baseline */
}
END_TEST

START_TEST(vector_d)
{
	struct play p = play(_i, 10);
	run(&p, less, 60);
	ck_assert_int_eq(p.turns, 0);
	ck_assert_int_eq(lround(p.s.usage), 40);
	ck_assert_double_eq(p.s.above_base, 0);
	ck_assert_double_eq(p.s.bursting, 0);
}
END_TEST

START_TEST(vector_e)
{
	static const double want[] = {10.028, 20.028};
	struct play p = play(_i, 10);
	run(&p, fifteen_seconds, 60);
	turns_are(&p, want, NELEM(want));
}
END_TEST

START_TEST(vector_f)
{
	struct play p = play(_i, 10);
	run(&p, on_and_off, 200);
	ck_assert_int_eq(p.turns, 0);
	for (int n = 0; n < 20; n++) { /* now at the end of an off, then of an on */
		is_near(p.s.bursting, 0.068);
		run(&p, on_and_off, floor(p.now + 0.5) + 1);
		is_near(p.s.bursting, 0.932);
		run(&p, on_and_off, floor(p.now + 0.5) + 1);
	}
	ck_assert_int_eq(p.turns, 0);
}
END_TEST

/* ---- what follows ---- */

START_TEST(little_and_much_burn_alike)
{
	struct play p = play(_i, 10), q = play(_i, 10);
	run(&p, a_little_above, 12);
	run(&q, constant, 12);
	ck_assert_int_eq(p.turns, 1);
	is_near(p.at[0] - 0.0995 * log(60. / 10), 10); /* not counting the rise to the baseline */
	is_near(q.at[0], 10.013);
}
END_TEST

START_TEST(throttle_lasts_burst_time_busy_or_idle)
{
	struct play p = play(_i, 10), q = play(_i, 10);
	run(&p, constant, 25);
	run(&q, idle_from_11, 25);
	ck_assert_int_eq(p.turns, 2);
	ck_assert_int_eq(q.turns, 2);
	is_near(p.at[1] - p.at[0], 10);
	is_near(q.at[1] - q.at[0], 10);
}
END_TEST

START_TEST(long_run_mean)
{
	struct play p = play(_i, 5);
	run(&p, constant, 500);
	double percent = 100 * p.used / p.now;
	ck_assert_double_eq_tol(percent, 125, 1);
	is_near(p.s.above_base / p.now, 0.5);
}
END_TEST

START_TEST(budget_never_exceeds_burst_time)
{
	struct play p = play(_i, 10);
	run(&p, less, 500); /* saves nothing up */
	double from = p.now;
	run(&p, constant, from + 12);
	ck_assert_int_eq(p.turns, 1);
	is_near(p.at[0] - from, 10.003); /* it starts at 40 */
}
END_TEST

START_TEST(new_cap_releases)
{
	struct play p = play(_i, 10);
	run(&p, constant, 12);
	ck_assert(p.s.throttled && burst_effective(&p.s, &p.limits) == 50);
	struct burst before = p.s;
	p.limits.value = 150;
	p.s = burst_limited(burst_new_cap(p.s), &p.limits);
	ck_assert(!p.s.throttled && burst_effective(&p.s, &p.limits) == 150);
	ck_assert_double_eq(p.s.above, 0);
	ck_assert_double_eq(p.s.below, 0);
	ck_assert_double_eq(p.s.bursting, before.bursting);
	ck_assert_double_eq(p.s.above_base, before.above_base);
}
END_TEST

START_TEST(baseline_of_a_throttled_zone)
{
	struct play p = play(_i, 10);
	run(&p, constant, 12);
	p.limits.baseline = 80; /* moves it there */
	p.s = burst_limited(p.s, &p.limits);
	ck_assert(p.s.throttled && burst_effective(&p.s, &p.limits) == 80);
	double bursting = p.s.bursting;
	p.limits.baseline = INFINITY; /* cleared: releases it */
	p.s = burst_limited(p.s, &p.limits);
	ck_assert(!p.s.throttled && burst_effective(&p.s, &p.limits) == 200);
	run(&p, constant, 40);
	ck_assert(!p.s.throttled);
	ck_assert_double_eq(p.s.bursting, bursting); /* and no fresh budget for the next */
	p.limits.baseline = 200; /* at the cap: nothing to drop to */
	p.s = burst_limited(p.s, &p.limits);
	run(&p, constant, 80);
	ck_assert(!p.s.throttled);
	ck_assert_double_le(p.s.bursting, 10);
}
END_TEST

START_TEST(burst_time_of_a_throttled_zone)
{
	struct play p = play(_i, 10), q;
	run(&p, constant, 12);
	q = p;
	q.limits.time = 3; /* as long as it is now, at most */
	q.s = burst_limited(q.s, &q.limits);
	run(&q, constant, 15.2);
	ck_assert_int_eq(q.turns, 2);
	is_near(q.at[1], 15);
	p.limits.time = 0; /* unlimited: never below the cap */
	p.s = burst_limited(p.s, &p.limits);
	ck_assert(!p.s.throttled);
	run(&p, constant, 60);
	ck_assert(!p.s.throttled);
}
END_TEST

START_TEST(unlimited_is_never_throttled)
{
	struct play p = play(_i, 0);
	run(&p, constant, 100);
	ck_assert_int_eq(p.turns, 0);
	is_near(p.s.above_base, 100);
}
END_TEST

START_TEST(at_the_limit_and_below)
{
	struct play p = play(_i, 10);
	run(&p, constant, 20);
	ck_assert_double_eq_tol(p.s.above, 20, 1.5); /* but for the ways up and down */
	ck_assert_double_eq_tol(p.s.above + p.s.below, 20, 1e-6);
	struct play q = play(_i, 10);
	run(&q, less, 20);
	ck_assert_double_eq_tol(q.s.below, 20, 1e-6);
	q.s = burst_step(q.s, &q.limits, 0.1, 0.04, 0.2); /* the kernel says that it was held */
	ck_assert_double_eq_tol(q.s.above, 0.1, 1e-6);
	q.s = burst_step(q.s, &q.limits, 3600, 0.04, 0.2); /* for two periods, in an hour's sleep */
	ck_assert_double_eq_tol(q.s.above, 0.3, 1e-6);
	ck_assert_double_eq_tol(q.s.above + q.s.below, 3620.1, 1e-6);
}
END_TEST

/* ---- looked at again after a while ---- */

/* With even use one look after t seconds sees what many looks did: so it is when no daemon was
 * there. It holds up to the release, as the baseline is the limit of a throttled zone. */
START_TEST(one_look_is_as_good_as_many)
{
	for (double t = 0.5; t < 20; t += 0.7) {
		struct burst_limits l = {200, 50, 10};
		struct burst one = burst_step((struct burst){0}, &l, t, t, 0), many = {0};
		for (int i = 0; i < 1000; i++)
			many = burst_step(many, &l, t / 1000, t / 1000, 0);
		ck_assert_double_eq_tol(one.bursting, many.bursting, 1e-6);
		ck_assert_double_eq_tol(one.usage, many.usage, 1e-6);
		ck_assert_double_eq_tol(one.above_base, many.above_base, 1e-6);
		ck_assert_int_eq(one.throttled, many.throttled);
	}
}
END_TEST

START_TEST(idle_while_away_is_released)
{
	struct burst_limits l = {200, 50, 10};
	struct burst s = burst_step((struct burst){0}, &l, 11, 22, 0);
	ck_assert(s.throttled);
	ck_assert(burst_step(s, &l, 5, 0, 0).throttled);
	s = burst_step(s, &l, 3600, 0, 0);
	ck_assert(!s.throttled);
	ck_assert_double_eq(s.bursting, 0);
}
END_TEST

/* Nobody raised its limit meanwhile, and the kernel gives a little more than that. */
START_TEST(busy_while_away_burns_nothing)
{
	struct burst_limits l = {200, 50, 10};
	struct burst s = burst_step((struct burst){0}, &l, 10.5, 21, 0);
	ck_assert(s.throttled);
	double above_base = s.above_base;
	s = burst_step(s, &l, 30, 30 * 0.502, 0);
	ck_assert(!s.throttled);
	ck_assert_double_eq(s.bursting, 0);
	ck_assert_double_eq(s.above_base, above_base);
}
END_TEST

START_TEST(nonsense_changes_nothing)
{
	struct burst_limits l = {200, 50, 1};
	struct burst s = burst_step((struct burst){0}, &l, 0.5, 1, 0), t;
	static const double dts[] = {0, -1, NAN};
	for (size_t i = 0; i < NELEM(dts); i++) {
		t = burst_step(s, &l, dts[i], 1, 0);
		ck_assert_double_eq(t.bursting, s.bursting);
		ck_assert_double_eq(t.usage, s.usage);
	}
	t = burst_step(s, &l, 1e9, 2e9, 0); /* thirty years: bounded, and sane */
	ck_assert(t.bursting >= 0 && t.bursting <= 1);
	ck_assert_double_eq_tol(t.usage, 200, 1e-6);
	t = burst_step(s, &l, 1, -5, 0);
	ck_assert(t.usage >= 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("burst");
	TCase *t = tcase_create("burst");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, vector_a, 0, PLAYS);
	tcase_add_loop_test(t, vector_b, 0, PLAYS);
	tcase_add_loop_test(t, vector_c, 0, PLAYS);
	tcase_add_loop_test(t, vector_d, 0, PLAYS);
	tcase_add_loop_test(t, vector_e, 0, PLAYS);
	tcase_add_loop_test(t, vector_f, 0, PLAYS);
	tcase_add_loop_test(t, little_and_much_burn_alike, 0, PLAYS);
	tcase_add_loop_test(t, throttle_lasts_burst_time_busy_or_idle, 0, PLAYS);
	tcase_add_loop_test(t, long_run_mean, 0, PLAYS);
	tcase_add_loop_test(t, budget_never_exceeds_burst_time, 0, PLAYS);
	tcase_add_loop_test(t, new_cap_releases, 0, PLAYS);
	tcase_add_loop_test(t, baseline_of_a_throttled_zone, 0, PLAYS);
	tcase_add_loop_test(t, burst_time_of_a_throttled_zone, 0, PLAYS);
	tcase_add_loop_test(t, unlimited_is_never_throttled, 0, PLAYS);
	tcase_add_loop_test(t, at_the_limit_and_below, 0, PLAYS);
	tcase_add_test(t, one_look_is_as_good_as_many);
	tcase_add_test(t, idle_while_away_is_released);
	tcase_add_test(t, busy_while_away_burns_nothing);
	tcase_add_test(t, nonsense_changes_nothing);
	suite_add_tcase(s, t);
	return suite_run(s);
}
