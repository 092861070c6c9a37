/* The file privileges. */
#ifndef WARREN_ZONE_PRIVILEGES_H
#define WARREN_ZONE_PRIVILEGES_H

#include "zone/zone.h"

extern const struct kind kind_privileges;

/* What they say, as the helper takes it. -1: a settings file changed by hand */
int privileges_of(const struct zone *z, uint64_t *mask);

#endif
