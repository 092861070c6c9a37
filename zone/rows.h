/* The files that zones and VMs have in common, and zones as a type. */
#ifndef WARREN_ZONE_ROWS_H
#define WARREN_ZONE_ROWS_H

#include "zone/zone.h"

extern const struct row zone_common_rows[];

struct zone *zone_create(uint64_t id, const char *name, struct obj *parent, const struct row *slot);

/* Append the zone's environment as strings with their NULs, but for what `over` sets (NULL: process
 * 1's own); count them. */
void zone_env(const struct zone *z, const char *over, struct buf *env, uint32_t *count);
int env_check(const char *env, unsigned most, const struct row *r); /* -1: it is none */

#endif
