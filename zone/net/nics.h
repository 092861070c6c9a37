/* A zone's NICs as files, and putting them in force. */
#ifndef WARREN_ZONE_NET_NICS_H
#define WARREN_ZONE_NET_NICS_H

#include "fs/node.h"
#include "zone/net/nic.h"

extern const struct row zone_nic_rows[], vm_nic_rows[];

uint32_t nics_left(const struct zone *z); /* helper_zone_clean::nics */

/* Somebody removed the rules of the host's interface `name` (a string; "": of any), or USER_TABLE.
 * They may be the zone's: ask the helper to put them back. */
void nics_lost(struct zone *z, void *name);

#endif
