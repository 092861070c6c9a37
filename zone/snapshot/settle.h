/* What snapshots leave behind when they are dropped: layers without a name. The helper deletes
 * those that nobody needs, and merges the others with the one above, while the zone does not run: a
 * boot does not wait for it, and it is begun anew then. */
#ifndef WARREN_ZONE_SNAPSHOT_SETTLE_H
#define WARREN_ZONE_SNAPSHOT_SETTLE_H

#include "zone/zone.h"

/* Go on with it, if there is something to do and the zone stands still. */
void layers_settle(struct zone *z);

#endif
