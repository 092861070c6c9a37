/* The file hostname. */
#ifndef WARREN_ZONE_HOSTNAME_H
#define WARREN_ZONE_HOSTNAME_H

#include "zone/zone.h"

int hostname_show(struct obj *o, const struct row *r, struct buf *b);
int hostname_check(struct obj *o, const struct row *r);
int hostname_apply(struct obj *o, const struct row *r);

#endif
