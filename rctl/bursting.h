/* Running the state machine of burst.h by what the control groups count. A timer looks only at
 * objects that run and have both a cap and a baseline; without any there is no timer. The usage of
 * others is what they used since somebody last read cpu.stat. */
#ifndef WARREN_RCTL_BURSTING_H
#define WARREN_RCTL_BURSTING_H

#include "rctl/limits.h"

/* What is in force of its settings. */
struct burst_limits bursting_limits(const struct limited *l);

/* The groups are new, or were there already; -1: a limit was refused. */
int bursting_begin(struct limited *l);
int bursting_found(struct limited *l);
void bursting_end(struct limited *l); /* no more of it */

/* The cap, the baseline or the burst time has a new value. -1: refused, nothing has changed. */
int bursting_changed(struct limited *l);

/* Somebody reads it between two ticks: bring its state up to date. */
void bursting_look(struct limited *l, uint64_t usage_usec, uint64_t nr_throttled);

#endif
