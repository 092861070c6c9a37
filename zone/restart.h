/* Booting again what ended, or could not boot, by itself. */
#ifndef WARREN_ZONE_RESTART_H
#define WARREN_ZONE_RESTART_H

#include "zone/zone.h"

/* Each begins a pause before the next boot; it grows if the runs before were short. */
void restart_if_wanted(struct zone *z, int64_t ran_usec); /* it has ended: by the file restart */
void restart_again(struct zone *z, int64_t ran_usec); /* it is to come up again */
void restart_boot(struct zone *z); /* its boot has failed; z->why tells why */

void restart_cancel(struct zone *z);

/* What is wanted from now on. Whether the zone is to boot is kept for the next daemon: no command
 * ends before it is on disk that it is not any more, or can't be written there. */
void restart_wish(struct zone *z, enum zone_wish wish);
void restart_saved(struct zone *z);

/* The end of the line of its settings that tells how it ended. */
void restart_save(const struct zone *z, struct buf *b);
void restart_load(struct zone *z, const char *line);

#endif
