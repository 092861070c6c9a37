/* Bridges, and the VLANs of their ports. */
#ifndef WARREN_MOUNT_HELPER_NET_BRIDGE_H
#define WARREN_MOUNT_HELPER_NET_BRIDGE_H

#include "mount-helper/net/iface.h"

struct bridge_names {
	char alias[128]; /* of all bridges that were made here */
	char born[NIC_NAME]; /* the name of a bridge until it has its alias */
};

/* A bridge, up, with a MAC that stays, and none of the host's addresses. */
int bridge_make(
    struct nl *nl, const char *name, const struct bridge_names *n, const uint8_t mac[MAC_BYTES]);

int bridge_filter_vlans(struct nl *nl, int bridge);

/* Untagged frames from this port, which was just added, are of this VLAN; only frames of it leave
 * by the port. default_vlan: iface::default_vlan of its bridge. */
int bridge_vlan(struct nl *nl, int port, uint16_t vlan, uint16_t default_vlan);

/* Remove every bridge of ours that has neither a port nor an address. */
int bridges_sweep(struct nl *nl, const struct bridge_names *n);

#endif
