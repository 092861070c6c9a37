/* The limits of a zone as a part of it. */
#ifndef WARREN_ZONE_LIMITED_H
#define WARREN_ZONE_LIMITED_H

#include "rctl/limits.h"

void limited_event(struct limited *l, const char *event); /* for limits_event */

#endif
