/* The state table: what an event leads to in which state. */
#ifndef WARREN_ZONE_STATE_H
#define WARREN_ZONE_STATE_H

#include "zone/zone.h"

extern const char *const zone_state_names[ZONE_STATES];
extern const char *const zone_origin_names[ZONE_ORIGINS]; /* as `error` has them */
extern void (*zone_entered)(void); /* called after each change of a state */

/* -1: refused in this state */
int zone_event(struct zone *z, enum zone_event ev);

#endif
