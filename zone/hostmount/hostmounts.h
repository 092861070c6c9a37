/* What a zone shows of the host's: the files mounts and devices. */
#ifndef WARREN_ZONE_HOSTMOUNT_HOSTMOUNTS_H
#define WARREN_ZONE_HOSTMOUNT_HOSTMOUNTS_H

#include "zone/zone.h"

void hostmounts_setup(struct zone *z);

/* Check and apply of the two rows. Both note who wrote. */
int mounts_check(struct obj *o, const struct row *r);
int devices_check(struct obj *o, const struct row *r);
int hostmounts_apply(struct obj *o, const struct row *r);

/* A part of force.h: ask the helper for what was changed. */
int hostmounts_force(struct zone *z);

/* A zone runs, and may show something else than it shall. */
void hostmounts_settle(struct zone *z);

/* For a boot: the list in a memory file, -1 where there is none or it can't be made (n is not 0
 * then). */
int hostmounts_list(struct zone *z, uint32_t *n);

#endif
