/* The addresses that are used on a zone's NICs. */
#ifndef WARREN_ZONE_NET_USED_H
#define WARREN_ZONE_NET_USED_H

#include "base/buf.h"

struct zone;

/* Add the line `addresses` of status: nicN=ADDRESS,... for each NIC that has any; "-": none has.
 * For a zone those that are in its network, from its settings or not; for a VM, into which nobody
 * sees, those of its settings. */
void used_status(struct zone *z, struct buf *b);

#endif
