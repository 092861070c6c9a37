/* A zone's NICs as files, and putting them in force. */
#ifndef WARREN_ZONE_NET_NICS_H
#define WARREN_ZONE_NET_NICS_H

#include "fs/node.h"
#include "host/ask.h"
#include "zone/net/nic.h"

extern const struct row zone_nic_rows[], vm_nic_rows[];

void nics_wanted(const struct zone *z, struct helper_nic nics[NICS]); /* as they are set */

/* Ask the helper to make the host's side of a running VM's NICs so: of those in which; with a new
 * tap, which QEMU gets, for those in taps that are on a bridge. */
void nics_ask_vm(struct zone *z, const struct helper_nic nics[NICS], uint32_t which, uint32_t taps,
    helper_done *done, void *arg);

uint32_t nics_left(const struct zone *z); /* helper_zone_clean::nics */

/* Somebody removed the rules of the host's interface `name` (a string; "": of any), or USER_TABLE.
 * They may be the zone's: ask the helper to put them back. */
void nics_lost(struct zone *z, void *name);

#endif
