/* CPU use in the last second or so, for programs that read it again and again. While one does, a
 * timer notes every half second what was used; some seconds after the last read it stops. */
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

/* Percent of one CPU in the last second (0.75 to 1.25 s if the timer is in time). If nobody asked
 * in the seconds before: since the last time somebody asked, or since the boot. 0 if it does not
 * run. */
unsigned recent_percent(struct limited *l);

#endif
