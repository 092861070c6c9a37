/* The files that zones and VMs share, and zones as a type. */
#ifndef WARREN_ZONE_ROWS_H
#define WARREN_ZONE_ROWS_H

#include "zone/zone.h"

extern const struct row zone_common_rows[];

struct zone *zone_create(uint64_t id, const char *name, struct obj *parent, const struct row *slot);

/* Appends the zone's environment, but for what `over` sets (NULL: process 1's own), as strings with
 * their ends; counts them. */
void zone_env(const struct zone *z, const char *over, struct buf *env, uint32_t *count);
int env_check(const char *env, unsigned most, const struct row *r); /* -1: it is none */

#endif
