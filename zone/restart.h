/* Booting again what ended, or could not boot, by itself. */
#ifndef WARREN_ZONE_RESTART_H
#define WARREN_ZONE_RESTART_H

#include "zone/zone.h"

/* Boot it again, where it rebooted or the file restart wants that, once it has ended after so long
 * a run. */
void restart_after_end(struct zone *z, int64_t ran_usec);
/* The same where a boot by itself has failed; z->why tells why. */
void restart_after_no_start(struct zone *z);
void restart_cancel(struct zone *z);

/* The end of the line of its settings that tells how it ended. */
void restart_save(const struct zone *z, struct buf *b);
void restart_load(struct zone *z, const char *line);

#endif
