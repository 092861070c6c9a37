#include "mount-helper/net/nicuser.h"

#include <string.h>

#include "mount-helper/net/ifaddr.h"
#include "mount-helper/net/loopback.h"
#include "mount-helper/net/publish.h"

/* pasta ends when its interface is gone. 1: it was there */
static int pasta_end(struct nic_work *w)
{
	struct iface eth;
	if (iface_find(w->inside, w->eth, &eth) < 0)
		return -1;
	if (eth.index == 0 || strcmp(eth.kind, "tun") != 0)
		return 0;
	return iface_delete(w->inside, eth.index) < 0 ? -1 : 1;
}

/* Without pasta no rule is needed. */
int nic_user_end(struct nic_work *w)
{
	int ended = pasta_end(w);
	if (ended < 0)
		return -1;
	return ended > 0 || w->before->kind == NIC_USER ? loopback_release(w->name) : 0;
}

int nic_user_begin(struct nic_work *w)
{
	if (pasta_look() < 0 || loopback_close(w->name) < 0)
		return -1;
	return w->before->kind != NIC_USER ? nic_port_remove(w) : 0;
}

/* Does pasta serve it already in the same way? If a daemon died nobody knows what that one asked
 * for: it counts as the same. */
static bool user_equal(const struct helper_nic *was, const struct helper_nic *nic)
{
	return was->kind != NIC_USER ||
	       (was->mtu == nic->mtu && was->low == nic->low &&
		   memcmp(was->published, nic->published, sizeof(nic->published)) == 0);
}

static int pasta_begin(struct nic_work *w, struct iface *eth)
{
	static const struct helper_nic none;
	const struct helper_nic *nic = w->nic;
	if (publish_look(nic) < 0 || publish_check(nic, w->before) < 0 || pasta_end(w) < 0)
		return -1;
	publish_wait(nic);
	/* what pasta had hid who else has a port */
	if (publish_check(nic, &none) < 0 || pasta_start(&w->zone->pasta, w->eth, nic) < 0)
		return -1;
	return iface_find(w->inside, w->eth, eth);
}

/* If it is there with this MAC, pasta serves it already. */
int nic_user_serve(struct nic_work *w)
{
	struct iface eth;
	if (iface_find(w->inside, w->eth, &eth) < 0)
		return -1;
	bool served = eth.index != 0 && memcmp(eth.mac, w->nic->mac, MAC_BYTES) == 0;
	if ((!served || !user_equal(w->before, w->nic)) && pasta_begin(w, &eth) < 0)
		return -1;
	return gateways_rank(w->inside, eth.index, w->n);
}
