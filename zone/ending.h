/* How a run ended, and why. */
#ifndef WARREN_ZONE_ENDING_H
#define WARREN_ZONE_ENDING_H

#include "zone/zone.h"

struct ending {
	int status; /* of process 1, as wait(2) gives it */
	bool reboot, off; /* process 1 asked the kernel for a reboot, or to power off */
	int asked; /* mon_event::asked */
};

/* Note it for the files status and wait, while the zone's groups are still there. */
void ending_note(struct zone *z, const struct ending *e);

const char *ending_reason(
    const struct zone *z); /* why it does not run, or stands still; "-": not known */

#endif
