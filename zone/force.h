/* Changes that other processes put in force: parts that take time, one after the other. */
#ifndef WARREN_ZONE_FORCE_H
#define WARREN_ZONE_FORCE_H

#include "zone/zone.h"

/* type::force */
int zone_force(struct obj *o);

/* A part that had returned 1 is through; e: NULL, or why it failed. */
void zone_forced(struct zone *z, const struct zone_part *part, const struct err *e);

#endif
