/* The addresses that are used on a zone's NICs. */
#ifndef WARREN_ZONE_NET_USED_H
#define WARREN_ZONE_NET_USED_H

#include "base/buf.h"

struct zone;

/* The line `addresses` of status: nicN=ADDRESS,... for each NIC that has any; "-": none has. Of a
 * zone those that are in its network, be they from its settings or not; of a VM, into which nobody
 * sees, those of its settings. */
void used_status(struct zone *z, struct buf *b);

#endif
