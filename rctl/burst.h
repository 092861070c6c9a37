/* Bursting: how long a zone may stay above its baseline before its cap drops to the baseline. Pure:
 * it reads no clock and sets no limit, so that tests can compare it with the reference by a clock
 * of their own.
 *
 * SmartOS counts clock ticks. Here the same rules are followed in continuous time: between two
 * looks the CPU time is taken as used evenly, usage moves on its exponential exactly, and the
 * moments at which it crosses the baseline, or the budget ends, are computed and not waited for. So
 * it does not matter how often one looks, and late looks don't add up. */
#ifndef WARREN_RCTL_BURST_H
#define WARREN_RCTL_BURST_H

#include <stdbool.h>

/* The limits in force. Percent of one CPU, INFINITY: none; seconds. */
struct burst_limits {
	double value, baseline; /* the cap; a baseline without a cap is none */
	double time; /* seconds above the baseline at most; 0: without bound */
};

/* Zeroed: new, with the whole budget. */
struct burst {
	double usage,
	    maxusage; /* percent of one CPU: an average over the last tenths of a second */
	double bursting; /* seconds of the budget that are used up */
	double above_base, above,
	    below; /* seconds ever above the baseline, at the limit, below it */
	bool throttled; /* the baseline is the limit in force */
};

/* The state after dt seconds in which the zone used cpu seconds of CPU time, and was held back by
 * the limit for `held` of them. A very long dt is bounded: after a thousand changes of direction
 * the rest is not counted. */
struct burst burst_step(
    struct burst s, const struct burst_limits *l, double dt, double cpu, double held);

/* The limits have changed: end a throttle that they do not allow, and cut the budget to theirs. */
struct burst burst_limited(struct burst s, const struct burst_limits *l);

/* The cap has changed: it is in force at once. */
struct burst burst_new_cap(struct burst s);

/* The limit in force. */
double burst_effective(const struct burst *s, const struct burst_limits *l);

/* Seconds until it is throttled or released if all goes on as now; INFINITY: neither. */
double burst_due(const struct burst *s, const struct burst_limits *l);

#endif
