#include "mount-helper/net/bridge.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/err.h"

static void put_filtering(struct nl *nl, bool on)
{
	struct nlattr *info = mnl_attr_nest_start(nl->h, IFLA_LINKINFO);
	mnl_attr_put_strz(nl->h, IFLA_INFO_KIND, "bridge");
	if (on) {
		struct nlattr *data = mnl_attr_nest_start(nl->h, IFLA_INFO_DATA);
		mnl_attr_put_u8(nl->h, IFLA_BR_VLAN_FILTERING, 1);
		mnl_attr_nest_end(nl->h, data);
	}
	mnl_attr_nest_end(nl->h, info);
}

/* Remove a bridge whose maker died before it got its name. */
static int born_remove(struct nl *nl, const struct bridge_names *n)
{
	struct iface i;
	if (iface_find(nl, n->born, &i) < 0)
		return -1;
	return i.unnamed || strcmp(i.alias, n->alias) == 0 ? iface_delete(nl, i.index) : 0;
}

/* The kernel gives an alias only to an interface that is there: until then its name and its group
 * say whose it is. */
int bridge_make(
    struct nl *nl, const char *name, const struct bridge_names *n, const uint8_t mac[MAC_BYTES])
{
	struct iface made;
	struct ifinfomsg head = {0};
	if (born_remove(nl, n) < 0)
		return -1;
	nl_begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	mnl_attr_put_strz(nl->h, IFLA_IFNAME, n->born);
	mnl_attr_put(nl->h, IFLA_ADDRESS, MAC_BYTES, mac);
	iface_put_unnamed(nl);
	put_filtering(nl, false);
	if (nl_do(nl, "make a bridge") < 0 || iface_find(nl, n->born, &made) < 0 ||
	    iface_change(nl, made.index,
		&(struct iface_change){.alias = n->alias, .mac = mac, .quiet = true}) < 0)
		return -1;
	if (iface_change(nl, made.index, &(struct iface_change){.name = name, .up = true}) == 0)
		return 0;
	struct err why;
	err_copy(&why);
	iface_delete(nl, made.index);
	return err_restore(&why);
}

int bridge_filter_vlans(struct nl *nl, int bridge)
{
	struct ifinfomsg head = {.ifi_index = bridge};
	nl_begin(nl, RTM_NEWLINK, 0, &head, sizeof(head));
	put_filtering(nl, true);
	return nl_do(nl, "switch VLAN filtering on");
}

static int vlan_ask(struct nl *nl, int type, int port, uint16_t flags, uint16_t vlan)
{
	struct bridge_vlan_info v = {.flags = flags, .vid = vlan};
	struct ifinfomsg head = {.ifi_family = AF_BRIDGE, .ifi_index = port};
	nl_begin(nl, type, 0, &head, sizeof(head));
	struct nlattr *spec = mnl_attr_nest_start(nl->h, IFLA_AF_SPEC);
	mnl_attr_put(nl->h, IFLA_BRIDGE_VLAN_INFO, sizeof(v), &v);
	mnl_attr_nest_end(nl->h, spec);
	return nl_do(nl, "set the VLAN of a port");
}

int bridge_vlan(struct nl *nl, int port, uint16_t vlan, uint16_t default_vlan)
{
	uint16_t pvid = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
	if (default_vlan != 0 && default_vlan != vlan &&
	    vlan_ask(nl, RTM_DELLINK, port, 0, default_vlan) < 0 && err_code() != ENOENT)
		return -1;
	return vlan_ask(nl, RTM_SETLINK, port, pvid, vlan);
}

/* ---- those that nobody needs any more ---- */

enum { SWEPT_AT_ONCE = 64 }; /* more wait for the next time */

struct sweep {
	const char *alias;
	int index[SWEPT_AT_ONCE];
	int n;
};

static int is_ours(const struct nlmsghdr *h, void *arg)
{
	struct sweep *s = arg;
	struct iface i;
	iface_parse(h, &i);
	if (strcmp(i.kind, "bridge") == 0 && strcmp(i.alias, s->alias) == 0 && s->n < SWEPT_AT_ONCE)
		s->index[s->n++] = i.index;
	return MNL_CB_OK;
}

static int bridge_forget(struct sweep *s, int index)
{
	for (int i = 0; i < s->n; i++)
		if (s->index[i] == index)
			s->index[i] = 0;
	return MNL_CB_OK;
}

static int is_port(const struct nlmsghdr *h, void *arg)
{
	struct iface i;
	iface_parse(h, &i);
	return i.master != 0 ? bridge_forget(arg, i.master) : MNL_CB_OK;
}

static int is_address(const struct nlmsghdr *h, void *arg)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	return bridge_forget(arg, (int)m->ifa_index);
}

int bridges_sweep(struct nl *nl, const struct bridge_names *n)
{
	struct sweep s = {.alias = n->alias};
	struct ifinfomsg links = {0};
	struct ifaddrmsg addrs = {0};
	if (born_remove(nl, n) < 0)
		return -1;
	nl_begin(nl, RTM_GETLINK, NLM_F_DUMP, &links, sizeof(links));
	put_filtering(nl, false); /* bridges alone */
	if (nl_ask(nl, "list bridges", is_ours, &s) < 0)
		return -1;
	if (s.n == 0)
		return 0;
	nl_begin(nl, RTM_GETLINK, NLM_F_DUMP, &links, sizeof(links));
	if (nl_ask(nl, "list ports", is_port, &s) < 0)
		return -1;
	nl_begin(nl, RTM_GETADDR, NLM_F_DUMP, &addrs, sizeof(addrs));
	if (nl_ask(nl, "list addresses", is_address, &s) < 0)
		return -1;
	for (int i = 0; i < s.n; i++)
		if (s.index[i] != 0 && iface_delete(nl, s.index[i]) < 0)
			return -1;
	return 0;
}
