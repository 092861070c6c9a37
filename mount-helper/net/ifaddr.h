/* Addresses and default routes of an interface. Adding what exists and removing what does not is no
 * error. */
#ifndef WARREN_MOUNT_HELPER_NET_IFADDR_H
#define WARREN_MOUNT_HELPER_NET_IFADDR_H

#include "mount-helper/net/nl.h"
#include "protocol/nic.h"

int addr_add(struct nl *nl, int index, const struct helper_addr *a);
int addr_remove(struct nl *nl, int index, const struct helper_addr *a);

/* Add or remove the default route via a. Routes of nic n win over those of nic n + 1. */
int gateway_add(struct nl *nl, int index, unsigned n, const struct helper_addr *a);
int gateway_remove(struct nl *nl, int index, unsigned n, const struct helper_addr *a);

/* Give default routes that another program made on this interface the rank of nic n. */
int gateways_rank(struct nl *nl, int index, unsigned n);

#endif
