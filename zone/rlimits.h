/* The file rlimits: resource limits of each process of a zone. */
#ifndef WARREN_ZONE_RLIMITS_H
#define WARREN_ZONE_RLIMITS_H

#include "base/rlimits.h"
#include "zone/zone.h"

int rlimits_check(struct obj *o, const struct row *r); /* row::check */

int rlimits_apply(struct obj *o, const struct row *r); /* row::apply */

/* Has a process less than the file says, until the next boot? */
bool rlimits_wait(const struct zone *z);

/* What process 1 and jobs start with: the file's, else a freshly booted system's. */
void rlimits_of(const struct zone *z, struct rlimits *to);

#endif
