#include "rctl/burst.h"

#include <math.h>

/* Usage loses 1 % in each millisecond: a time constant of -1 ms / ln 0.99. */
static const double usage_time = 0.0995;

enum { TURNS_MAX = 1000 };

static bool may_throttle(const struct burst_limits *l)
{
	return l->time > 0 && l->baseline < l->value;
}

/* Is usage above the baseline, or at it and rising? */
static bool is_above(const struct burst *s, const struct burst_limits *l, double rate)
{
	return !s->throttled &&
	       (s->usage > l->baseline || (s->usage == l->baseline && rate > l->baseline));
}

/* Seconds until usage, on its way to rate, crosses the baseline. */
static double crossing_seconds(double usage, double rate, double baseline)
{
	if ((usage > baseline && rate < baseline) || (usage < baseline && rate > baseline))
		return usage_time * log((usage - rate) / (baseline - rate));
	return INFINITY;
}

/* Seconds until the budget is used up, or is complete again. */
static double turning_seconds(const struct burst *s, const struct burst_limits *l, bool above)
{
	if (isinf(l->baseline))
		return INFINITY;
	if (above)
		return may_throttle(l) ? fmax(l->time - s->bursting, 0) : INFINITY;
	return s->bursting > 0 ? s->bursting : INFINITY;
}

static void seconds_count(struct burst *s, const struct burst_limits *l, bool above, double t)
{
	if (above) {
		s->above_base += t;
		if (l->time > 0)
			s->bursting = fmin(s->bursting + t, l->time);
	} else if (!isinf(l->baseline)) {
		s->bursting = fmax(s->bursting - t, 0);
	}
}

/* Advance to the next change of direction, at most `left` seconds; returns how many seconds that
 * took. */
static double stretch_step(struct burst *s, const struct burst_limits *l, double rate, double left)
{
	bool above = is_above(s, l, rate);
	double cross = s->throttled ? INFINITY : crossing_seconds(s->usage, rate, l->baseline);
	double turn = turning_seconds(s, l, above), t = fmin(left, fmin(cross, turn));
	s->usage = t == cross ? l->baseline : rate + (s->usage - rate) * exp(-t / usage_time);
	s->maxusage = fmax(s->maxusage, s->usage);
	seconds_count(s, l, above, t);
	if (t == turn) {
		s->throttled = above;
		s->bursting = above ? l->time : 0;
	}
	return t;
}

struct burst burst_step(
    struct burst s, const struct burst_limits *l, double dt, double cpu, double held)
{
	if (!(dt > 0))
		return s;
	double left = dt, rate = cpu > 0 ? 100 * cpu / dt : 0;
	bool throttled = s.throttled;
	for (int i = 0; i < TURNS_MAX && left > 0; i++) {
		left -= stretch_step(&s, l, rate, left);
		/* released too late: the baseline was its limit until now, which the kernel keeps
		 * to a percent */
		if (throttled && !s.throttled) {
			rate = fmin(rate, l->baseline);
			s.usage = fmin(s.usage, l->baseline);
		}
	}
	/* the kernel keeps usage just below the limit, so that the reference's condition usage >=
	 * effective never holds */
	double above = s.usage >= burst_effective(&s, l) - 1 ? dt : fmin(held, dt);
	s.above += above;
	s.below += dt - above;
	return s;
}

struct burst burst_limited(struct burst s, const struct burst_limits *l)
{
	s.throttled = s.throttled && may_throttle(l);
	if (l->time > 0 && s.bursting > l->time)
		s.bursting = l->time;
	return s;
}

struct burst burst_new_cap(struct burst s)
{
	s.throttled = false;
	s.above = s.below = 0;
	return s;
}

double burst_effective(const struct burst *s, const struct burst_limits *l)
{
	return s->throttled ? l->baseline : l->value;
}

double burst_due(const struct burst *s, const struct burst_limits *l)
{
	if (s->throttled)
		return s->bursting;
	return may_throttle(l) && s->usage > l->baseline ? fmax(l->time - s->bursting, 0)
							 : INFINITY;
}
