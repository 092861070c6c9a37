/* Traffic counters of a zone's NICs. */
#ifndef WARREN_ZONE_NET_NICSTAT_H
#define WARREN_ZONE_NET_NICSTAT_H

#include "zone/net/nic.h"

/* row::show of nic.stat */
int show_nic_stat(struct obj *o, const struct row *r, struct buf *b);

/* Is the host's end of NIC n there? */
bool nic_seen(const struct zone *z, unsigned n);

#endif
