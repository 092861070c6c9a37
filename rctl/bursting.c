#include "rctl/bursting.h"

#include <math.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "rctl/group.h"
#include "rctl/kept.h"

enum {
	TICK_USEC = 100000,
	SOON_USEC = 1000, /* the least time between two looks */
	MANY = 400, /* for each so many objects all rest for a tick more */
	REST_TICKS_MAX = 3, /* tests/unit/burst_test.c shows what that costs in accuracy */
};

void (*limits_event)(struct limited *, const char *);

static struct list ticking = {&ticking, &ticking}; /* limited::ticking */
static unsigned nticking;
static struct source *timer; /* runs while that list is not empty */
static int64_t next_tick; /* when all are looked at */

static int64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static bool can_burst(const struct limited *l)
{
	return l->cap.n != VALUE_NONE && l->baseline.n != VALUE_NONE;
}

struct burst_limits bursting_limits(const struct limited *l)
{
	return (struct burst_limits){
	    .value = l->cap.n != VALUE_NONE ? (double)l->cap.n : INFINITY,
	    .baseline = can_burst(l) ? (double)l->baseline.n : INFINITY,
	    .time = (double)l->burst_time.n,
	};
}

/* ---- putting in force ---- */

static int limit_enforce(struct limited *l)
{
	struct burst_limits limits = bursting_limits(l);
	double effective = burst_effective(&l->kept->burst, &limits);
	uint64_t percent = isinf(effective) ? GROUP_NONE : (uint64_t)effective;
	if (percent == l->cap_used)
		return 0;
	if (group_face()->set_cap(l->group, percent) < 0)
		return -1;
	l->cap_used = percent;
	return 0;
}

static void throttle_report(struct limited *l)
{
	struct kept *k = l->kept;
	if (k->told == k->burst.throttled)
		return;
	if (limits_event != NULL)
		limits_event(l, k->burst.throttled ? "throttled" : "released");
	k->told = k->burst.throttled;
}

/* Seconds in which its limit held it back, since the last count: the kernel counts periods. */
static double held_since(struct limited *l, uint64_t nr_throttled)
{
	uint64_t before = l->kept->held,
		 periods = nr_throttled > before ? nr_throttled - before : 0;
	l->kept->held = nr_throttled;
	return (double)periods * GROUP_PERIOD_USEC / 1e6;
}

/* Count what was used up to now. */
static void usage_step(
    struct limited *l, const struct burst_limits *limits, uint64_t usage, double held)
{
	struct kept *k = l->kept;
	int64_t now = now_usec();
	l->spent = usage > k->cpu ? usage - k->cpu : 0;
	k->burst =
	    burst_step(k->burst, limits, (double)(now - k->at) / 1e6, (double)l->spent / 1e6, held);
	k->cpu = usage;
	k->at = now;
}

/* The same, and change the limit if the state asks for it. */
static void go_on(struct limited *l, uint64_t usage, double held)
{
	struct burst_limits limits = bursting_limits(l);
	bool before = l->kept->burst.throttled;
	usage_step(l, &limits, usage, held);
	if (limit_enforce(l) < 0 &&
	    before != l->kept->burst.throttled) /* tried again at each tick */
		log_warn("%s: its cap: %s", l->obj.name, err_text());
	throttle_report(l);
}

void bursting_look(struct limited *l, uint64_t usage_usec, uint64_t nr_throttled)
{
	go_on(l, usage_usec, held_since(l, nr_throttled));
}

/* ---- the timer ---- */

/* It was held back only if it used up what it may in one of the kernel's periods, which are about
 * as long as a tick. */
static double was_held(struct limited *l, uint64_t spent)
{
	uint64_t n;
	if (l->cap_used == GROUP_NONE ||
	    spent + l->spent < l->cap_used * (TICK_USEC / 100) * 9 / 10)
		return 0;
	return group_face()->watched_held(&l->watch, &n) < 0 ? 0 : held_since(l, n);
}

static void usage_look(struct limited *l)
{
	uint64_t usage;
	if (group_face()->watched_usage(&l->watch, &usage) < 0) /* its group is being removed: it
								 * has ended */
		return;
	go_on(l, usage, was_held(l, usage > l->kept->cpu ? usage - l->kept->cpu : 0));
}

static int64_t due_at(const struct limited *l)
{
	struct burst_limits limits = bursting_limits(l);
	double due = burst_due(&l->kept->burst, &limits);
	return due < 2. * TICK_USEC / 1e6 ? l->kept->at + (int64_t)(due * 1e6) : INT64_MAX;
}

/* Until when it is not looked at. A look costs 4 us, nearly all of it in the kernel: a thousand
 * objects ten times a second would be too much. */
static int64_t rests_until(const struct limited *l)
{
	unsigned ticks = nticking / MANY + 1;
	ticks = ticks < REST_TICKS_MAX ? ticks : REST_TICKS_MAX;
	return l->kept->at + (int64_t)ticks * TICK_USEC - TICK_USEC / 2;
}

static bool is_wanted(const struct limited *l, int64_t now, bool all)
{
	return due_at(l) <= now || (all && rests_until(l) <= now);
}

static void all_tick(void *arg);

static void set_timer(void)
{
	loop_close(&timer);
	if (list_empty(&ticking))
		return;
	int64_t now = now_usec(), at = next_tick;
	list_each(l, &ticking, struct limited, ticking) {
		int64_t due = due_at(l);
		at = due < at ? due : at;
	}
	timer = loop_after((uint64_t)(at > now + SOON_USEC ? at - now : SOON_USEC), all_tick, NULL);
}

/* Look at all together, so that a thousand cost one wake-up. Between two ticks look only at those
 * for which something is due, so that it comes in time. */
static void all_tick(void *arg)
{
	(void)arg;
	int64_t now = now_usec();
	bool all = now >= next_tick;
	if (all)
		next_tick = (now / TICK_USEC + 1) * TICK_USEC;
	list_each(l, &ticking, struct limited, ticking) {
		if (is_wanted(l, now, all))
			usage_look(l);
	}
	set_timer();
}

static int begin_ticking(struct limited *l)
{
	if (group_face()->watch_cpu(l->group, &l->watch) < 0)
		return -1;
	if (list_empty(&ticking))
		next_tick = (now_usec() / TICK_USEC + 1) * TICK_USEC;
	list_add_tail(&ticking, &l->ticking);
	nticking++;
	set_timer();
	return 0;
}

static void end_ticking(struct limited *l)
{
	if (list_empty(&l->ticking))
		return;
	list_del(&l->ticking);
	nticking--;
	group_unwatch(&l->watch);
	set_timer();
}

/* ---- beginning, change, end ---- */

static int tick_or_not(struct limited *l)
{
	bool ticks = !list_empty(&l->ticking);
	if (can_burst(l) && !ticks)
		return begin_ticking(l);
	if (!can_burst(l))
		end_ticking(l);
	return 0;
}

int bursting_begin(struct limited *l)
{
	l->kept->at = now_usec();
	l->cap_used = GROUP_NONE; /* a new group's */
	l->cap_seen = l->cap.n;
	return limit_enforce(l) < 0 ? -1 : tick_or_not(l);
}

/* The time without a daemon counts like any other: the groups counted what was used in it. */
int bursting_found(struct limited *l)
{
	struct group_cpu c;
	l->cap_used = 0; /* not known: the daemon before may have died while it set the limit */
	l->cap_seen = l->cap.n;
	if (group_face()->get_cpu(l->group, &c) < 0)
		return -1;
	if (!l->recalled) {
		l->kept->at = now_usec();
		l->kept->cpu = c.usage_usec;
		l->kept->held = c.nr_throttled;
	}
	bursting_look(l, c.usage_usec, c.nr_throttled);
	return limit_enforce(l) < 0 ? -1 : tick_or_not(l);
}

void bursting_end(struct limited *l)
{
	end_ticking(l);
}

/* It had no baseline until now: count what it used since somebody last looked. */
static void catch_up(struct limited *l)
{
	struct group_cpu c;
	struct burst_limits limits = bursting_limits(l);
	limits.baseline = INFINITY;
	if (group_face()->get_cpu(l->group, &c) < 0)
		return;
	usage_step(l, &limits, c.usage_usec, held_since(l, c.nr_throttled));
}

int bursting_changed(struct limited *l)
{
	if (list_empty(&l->ticking))
		catch_up(l);
	struct burst_limits limits = bursting_limits(l);
	struct burst before = l->kept->burst;
	if (l->cap.n != l->cap_seen)
		l->kept->burst = burst_new_cap(before);
	l->kept->burst = burst_limited(l->kept->burst, &limits);
	if (limit_enforce(l) < 0 || tick_or_not(l) < 0) {
		l->kept->burst = before;
		return -1;
	}
	l->cap_seen = l->cap.n;
	throttle_report(l);
	set_timer();
	return 0;
}
