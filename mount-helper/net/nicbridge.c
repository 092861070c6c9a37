#include "mount-helper/net/nicbridge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"

/* No zone has the id 0. */
struct bridge_names nic_bridge_names(const char *cgroup)
{
	struct bridge_names n;
	snprintf(n.alias, sizeof(n.alias), "warren %s", cgroup);
	nic_name(n.born, cgroup, 0, 0);
	return n;
}

/* With a VLAN the bridge must tell VLANs apart: one of ours is made to. */
static int vlans_look(const char *cgroup, const struct helper_nic *nic, const struct iface *bridge)
{
	const struct bridge_names names = nic_bridge_names(cgroup);
	if (nic->vlan == 0 || bridge->vlan_filtering || strcmp(bridge->alias, names.alias) == 0)
		return 0;
	return err_set(EOPNOTSUPP,
	    "vlan= needs a bridge that filters VLANs, and %s does not: ip link set %s type bridge "
	    "vlan_filtering 1",
	    nic->bridge, nic->bridge);
}

/* Names belong to the host: a user who is not root may not take one ahead of another program. */
int nic_bridge_look(
    struct nl *nl, const char *cgroup, const struct helper_nic *nic, struct iface *bridge)
{
	if (iface_find(nl, nic->bridge, bridge) < 0)
		return -1;
	if (bridge->index == 0)
		return nic->make ? 0
				 : err_set(EPERM,
				       "there is no bridge %s, and one is made for root alone: "
				       "give one that is there",
				       nic->bridge);
	if (strcmp(bridge->kind, "bridge") != 0)
		return err_set(EINVAL,
		    "%s is no bridge but another network interface of the host: give the name of "
		    "a bridge, or one that is not there",
		    nic->bridge);
	return vlans_look(cgroup, nic, bridge);
}

static int mac_make(uint8_t mac[MAC_BYTES])
{
	if (getrandom(mac, MAC_BYTES, 0) != MAC_BYTES)
		return err_sys("make a MAC");
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2); /* locally administered, of one station */
	return 0;
}

static int bridge_create(struct nl *nl, const char *cgroup, const char *name)
{
	uint8_t mac[MAC_BYTES];
	const struct bridge_names names = nic_bridge_names(cgroup);
	if (mac_make(mac) < 0)
		return -1;
	/* EEXIST: somebody else was quicker */
	if (bridge_make(nl, name, &names, mac) == 0 || err_code() == EEXIST)
		return 0;
	return err_code() == EOPNOTSUPP
		   ? err_set(EOPNOTSUPP, "this kernel has no bridges (CONFIG_BRIDGE)")
		   : -1;
}

static int filter_vlans(struct nl *nl, const struct iface *bridge)
{
	if (bridge_filter_vlans(nl, bridge->index) == 0)
		return 0;
	return err_code() != EOPNOTSUPP
		   ? -1
		   : err_set(EOPNOTSUPP,
			 "vlan= needs bridges that filter VLANs, which this kernel has not "
			 "(CONFIG_BRIDGE_VLAN_FILTERING): leave it out");
}

int nic_bridge_ready(
    struct nl *nl, const char *cgroup, const struct helper_nic *nic, struct iface *bridge)
{
	if (nic_bridge_look(nl, cgroup, nic, bridge) < 0)
		return -1;
	if (bridge->index == 0 && (bridge_create(nl, cgroup, nic->bridge) < 0 ||
				      nic_bridge_look(nl, cgroup, nic, bridge) < 0))
		return -1;
	return nic->vlan != 0 && !bridge->vlan_filtering ? filter_vlans(nl, bridge) : 0;
}
