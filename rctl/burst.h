/* Bursting: how long a zone may stay above its baseline before its cap drops to the baseline. Pure:
 * it reads no clock and sets no limit, so that it can be tried against the reference with a clock
 * of a test's own.
 *
 * SmartOS counts clock ticks. Here the same rules are followed in continuous time: between two
 * looks the CPU time used is taken as used evenly, usage moves on its exponential exactly, and the
 * moments at which it crosses the baseline, or the budget ends, are computed and not waited for. So
 * it does not matter how often one looks, and looking late does not add up. */
#ifndef WARREN_RCTL_BURST_H
#define WARREN_RCTL_BURST_H

#include <stdbool.h>

/* What is in force. Percent of one CPU, INFINITY: none; seconds. */
struct burst_limits {
	double value, baseline; /* the cap; a baseline without a cap is none */
	double time; /* above the baseline at most; 0: as long as it likes */
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

/* The state after dt seconds in which it used cpu seconds of CPU time, and in held of them the
 * limit held it back. A very long dt is bounded: after a thousand turns the rest is not counted. */
struct burst burst_step(
    struct burst s, const struct burst_limits *l, double dt, double cpu, double held);

/* The limits are new: a throttle that they do not allow ends, the budget is no larger than they
 * say. */
struct burst burst_limited(struct burst s, const struct burst_limits *l);

/* The cap is new: it takes force at once. */
struct burst burst_new_cap(struct burst s);

/* The limit in force. */
double burst_effective(const struct burst *s, const struct burst_limits *l);

/* Seconds until it is throttled or released if all goes on as now; INFINITY: neither. */
double burst_due(const struct burst *s, const struct burst_limits *l);

#endif
