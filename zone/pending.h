/* Settings that were changed since the boot and wait for the next: the file pending. */
#ifndef WARREN_ZONE_PENDING_H
#define WARREN_ZONE_PENDING_H

#include "zone/zone.h"

/* Appends a blank and a name for each. */
void pending_names(struct zone *z, struct buf *b);

/* The row's text at the boot; NULL: not known */
const char *pending_booted(const struct zone *z, const struct row *r);
void pending_taken(struct zone *z, const struct row *r); /* its value is in force by now */

int pending_show(struct obj *o, const struct row *r, uid_t asker, struct buf *b);

#endif
