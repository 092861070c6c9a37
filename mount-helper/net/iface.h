/* Network interfaces: finding, making, changing, removing them (rtnetlink(7)). */
#ifndef WARREN_MOUNT_HELPER_NET_IFACE_H
#define WARREN_MOUNT_HELPER_NET_IFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "mount-helper/net/nl.h"
#include "protocol/nic.h"

struct iface {
	int index; /* 0: it is not there */
	int master;
	uint32_t mtu;
	uint8_t mac[MAC_BYTES];
	char kind[16]; /* "bridge", "veth", "tun"; "": a device of its own */
	char alias[128];
	bool unnamed; /* made by us, as its group says, and has had no alias yet */
	bool vlan_filtering; /* of a bridge */
	uint16_t default_vlan; /* that the bridge's ports begin with; 0: none */
};

/* By its name. index is 0 where there is none of that name, which is no error. */
int iface_find(struct nl *nl, const char *name, struct iface *i);

/* Add to a request that makes an interface: the group that marks it as ours from the first moment.
 * When it gets its alias it loses the group. */
void iface_put_unnamed(struct nl *nl);

void iface_parse(const struct nlmsghdr *h, struct iface *i); /* out of an answer about links */

/* A MAC for the host's end of an interface with this MAC: another one, and so high that a bridge,
 * which takes the lowest of its ports, does not take it. */
void iface_high_mac(const uint8_t mac[MAC_BYTES], uint8_t high[MAC_BYTES]);

/* Make a veth pair: host here, and inside, with this MAC, in the namespace netns. The host's end
 * gets a high MAC (iface_high_mac). */
int iface_pair(
    struct nl *nl, const char *host, int netns, const char *inside, const uint8_t mac[MAC_BYTES]);

/* What shall change of it: fields that are 0 or NULL stay. */
struct iface_change {
	const char *name; /* of one that is down */
	const char *alias;
	uint32_t mtu;
	const uint8_t *mac;
	int master; /* -1: none */
	bool up;
	bool quiet; /* it makes no IPv6 address by itself */
};
int iface_change(struct nl *nl, int index, const struct iface_change *c);

int iface_delete(struct nl *nl, int index); /* gone already: no error */

#endif
