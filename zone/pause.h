/* Pausing a zone, and resuming it. */
#ifndef WARREN_ZONE_PAUSE_H
#define WARREN_ZONE_PAUSE_H

#include "zone/zone.h"

/* The two ways, for zone_kind::pause. */
extern const struct pause_face pause_by_freezer, pause_by_monitor;

/* EV_PAUSED or EV_RESUMED comes later. -1: refused */
int pause_begin(struct zone *z, enum pausing goal);
void pause_done(struct zone *z, enum pausing goal); /* it came */
void pause_release(struct zone *z); /* thaw it, if it was told to pause, so that it can end */

/* A monitor reports whether its guest is stopped; first: its first report */
void pause_reported(struct zone *z, bool stopped, bool first);

#endif
