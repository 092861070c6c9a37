/* Addresses and default routes of an interface. To add what is there, or remove what is not, is no
 * error. */
#ifndef WARREN_MOUNT_HELPER_NET_ADDR_H
#define WARREN_MOUNT_HELPER_NET_ADDR_H

#include "mount-helper/net/nl.h"
#include "protocol/nic.h"

int addr_add(struct nl *nl, int index, const struct helper_addr *a);
int addr_remove(struct nl *nl, int index, const struct helper_addr *a);

/* The default route by way of it. Those of nic n count before those of nic n + 1. */
int gateway_add(struct nl *nl, int index, unsigned n, const struct helper_addr *a);
int gateway_remove(struct nl *nl, int index, unsigned n, const struct helper_addr *a);

#endif
