/* Settings that were changed since the boot and wait for the next: the file pending. */
#ifndef WARREN_ZONE_PENDING_H
#define WARREN_ZONE_PENDING_H

#include "zone/zone.h"

/* Appends a blank and a name for each. */
void pending_names(struct zone *z, struct buf *b);

/* The row's text that is in force, from the boot or later; NULL: not known */
const char *pending_booted(const struct zone *z, const struct row *r);

bool pending_waits(const struct zone *z, const struct row *r); /* it says another, or may do */
void pending_taken(struct zone *z, const struct row *r); /* its value is in force by now */
void pending_now(struct zone *z, const struct row *r, const char *text); /* this text is */

int pending_show(struct obj *o, const struct row *r, uid_t asker, struct buf *b);

#endif
