/* What a zone's interface may send, as rules of nftables where its frames enter the host: a table
 * of its own for each interface, in the family netdev, hook ingress.
 *
 * The rules are at the port's ingress, not in the bridge: they see ARP and tags, need no
 * br_netfilter, and cost other ports nothing. libmnl makes the requests: a dozen rules that compare
 * bytes need neither nft's parser with privilege (and 5 ms for its start) nor libnftables with ten
 * libraries in every worker. */
#ifndef WARREN_MOUNT_HELPER_NET_ANTISPOOF_H
#define WARREN_MOUNT_HELPER_NET_ANTISPOOF_H

#include "protocol/nic.h"

/* From now on only nic's own MAC and addresses come out of the interface `name`. Where it has no
 * address (somebody else gives it some) any address does, from its own MAC. */
int antispoof_set(const char *name, const struct helper_nic *nic);

/* Remove the rules. That there are none is no error. */
int antispoof_remove(const char *name);

#endif
