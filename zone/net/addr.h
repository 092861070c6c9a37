/* Addresses and gateways in the line of a NIC: kinds of keys whose field is a helper_nic. */
#ifndef WARREN_ZONE_NET_ADDR_H
#define WARREN_ZONE_NET_ADDR_H

#include "fs/keyed.h"
#include "protocol/nic.h"

extern const struct key_kind key_addresses; /* CIDR, several between commas */
extern const struct key_kind key_gateways; /* one of IPv4, one of IPv6 */

/* Format it as people write it, with its prefix length if it has one. */
void addr_format(const struct helper_addr *a, struct buf *b);

bool addr_equal(const struct helper_addr *a, const struct helper_addr *b); /* but for the prefix */

/* Can this gateway be used with the NIC's addresses? It needs one of the same family, unless it is
 * link-local; it may lie outside the NIC's networks. */
bool addr_serves(const struct helper_nic *nic, const struct helper_addr *g);

#endif
