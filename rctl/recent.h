/* CPU use in the last second or so, for those who ask again and again: while somebody does, a timer
 * notes every half second what was used; some seconds later it ends. */
#ifndef WARREN_RCTL_RECENT_H
#define WARREN_RCTL_RECENT_H

#include <stdint.h>

struct limited;

enum { RECENT_SAMPLES = 3 };

struct recent {
	struct recent_sample {
		int64_t at; /* microseconds of CLOCK_MONOTONIC; 0: none */
		uint64_t usec;
	} samples[RECENT_SAMPLES]; /* the newest first */
};

/* Percent of one CPU in the last second: 0.75 to 1.25 s of it while the timer is in time. Where
 * nobody asked in the seconds before, since somebody asked last, or since the boot. 0 where it does
 * not run. */
unsigned recent_percent(struct limited *l);

#endif
