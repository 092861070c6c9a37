/* The processes of a zone or VM. */
#ifndef WARREN_ZONE_PROCS_H
#define WARREN_ZONE_PROCS_H

#include "zone/zone.h"

int procs_show(struct obj *o, const struct row *r, struct buf *b); /* row::show of procs */

/* Is this, by the host's number, one of its processes? -1: ESRCH, and which number was meant. */
int procs_check(const struct zone *z, uint64_t pid);

#endif
