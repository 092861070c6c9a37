/* Changes that take time because other processes put them in force. The parts that need this run
 * one after the other. */
#ifndef WARREN_ZONE_FORCE_H
#define WARREN_ZONE_FORCE_H

#include "zone/zone.h"

/* type::force */
int zone_force(struct obj *o);

/* The part that had returned 1 has finished; e: NULL, or the error. */
void zone_forced(struct zone *z, const struct zone_part *part, const struct err *e);

#endif
