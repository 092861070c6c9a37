/* Standing still, and going on. */
#ifndef WARREN_ZONE_PAUSE_H
#define WARREN_ZONE_PAUSE_H

#include "zone/zone.h"

/* By which means; for zone_kind::pause. */
extern const struct pause_face pause_by_freezer, pause_by_monitor;

/* EV_PAUSED or EV_RESUMED comes later. -1: refused */
int pause_turn(struct zone *z, enum turn turn);
void pause_done(struct zone *z, enum turn turn); /* it came */
void pause_release(struct zone *z); /* let it go on, if it was told to stand still, to its end */

/* A monitor says whether its guest stands still; for the first time? */
void pause_told(struct zone *z, bool stopped, bool first);

#endif
