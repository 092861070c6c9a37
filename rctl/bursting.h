/* Bursting at work: the machine of burst.h run by what the control groups count. Only objects that
 * run and have both a cap and a baseline are looked at by a timer; where there is none of them
 * there is no timer. For others usage is what was used since somebody read cpu.stat before. */
#ifndef WARREN_RCTL_BURSTING_H
#define WARREN_RCTL_BURSTING_H

#include "rctl/limits.h"

/* What is in force of its settings. */
struct burst_limits bursting_limits(const struct limited *l);

/* The groups are new, or were there already; -1: a limit was refused. */
int bursting_begin(struct limited *l);
int bursting_found(struct limited *l);
void bursting_end(struct limited *l); /* no more of it */

/* The cap, the baseline or the burst time has a new value. -1: refused, all is as it was. */
int bursting_changed(struct limited *l);

/* It is looked at between two ticks; brings what is kept of it up to date. */
void bursting_look(struct limited *l, uint64_t usage_usec, uint64_t nr_throttled);

#endif
