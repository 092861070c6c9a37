/* The keys of SmartOS (sdc:uuid and its like) that guests made for it ask for. They are made of a
 * zone's settings, and are no files. */
#ifndef WARREN_ZONE_SDC_H
#define WARREN_ZONE_SDC_H

#include "zone/zone.h"

void sdc_add(const struct zone *z, struct buf *list); /* base/metalist.h */

#endif
