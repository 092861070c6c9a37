/* A zone's host mounts: the files mounts and devices. */
#ifndef WARREN_ZONE_HOSTMOUNT_HOSTMOUNTS_H
#define WARREN_ZONE_HOSTMOUNT_HOSTMOUNTS_H

#include "zone/zone.h"

/* Check and apply of the two rows. Both note who wrote. */
int mounts_check(struct obj *o, const struct row *r);
int devices_check(struct obj *o, const struct row *r);
int hostmounts_apply(struct obj *o, const struct row *r);
int mounts_paths(struct obj *o, const struct row *r, struct helper_proof *to);
int devices_paths(struct obj *o, const struct row *r, struct helper_proof *to);

#endif
