/* From settings to process 1, and what is left afterwards. */
#ifndef WARREN_ZONE_START_H
#define WARREN_ZONE_START_H

#include "zone/zone.h"

void zone_start(struct zone *z);
void zone_prepared(struct zone *z); /* kind->prepare is through; an error in z->why refuses */
void zone_clean(struct zone *z);

/* A daemon begins: does the zone run, left by one before us? */
void zone_find(struct zone *z);

#endif
