#include "mount-helper/net/iface.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* The kernel gives an alias only to an interface that exists, but a group at once. "warr" */
enum { UNNAMED = 0x77617272 };

void iface_put_unnamed(struct nl *nl)
{
	mnl_attr_put_u32(nl->h, IFLA_GROUP, UNNAMED);
}

static void begin(struct nl *nl, int type, int flags, struct ifinfomsg head)
{
	nl_begin(nl, type, flags, &head, sizeof(head));
}

/* ---- finding ---- */

static void text_parse(const struct nlattr *a, char *to, size_t size)
{
	if (mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0)
		snprintf(to, size, "%s", mnl_attr_get_str(a));
}

static int bridge_parse(const struct nlattr *a, void *arg)
{
	struct iface *i = arg;
	if (mnl_attr_get_type(a) == IFLA_BR_VLAN_FILTERING)
		i->vlan_filtering = mnl_attr_get_u8(a) != 0;
	else if (mnl_attr_get_type(a) == IFLA_BR_VLAN_DEFAULT_PVID)
		i->default_vlan = mnl_attr_get_u16(a);
	return MNL_CB_OK;
}

/* The kind comes before its data. */
static int info_parse(const struct nlattr *a, void *arg)
{
	struct iface *i = arg;
	if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
		text_parse(a, i->kind, sizeof(i->kind));
	else if (mnl_attr_get_type(a) == IFLA_INFO_DATA && strcmp(i->kind, "bridge") == 0)
		mnl_attr_parse_nested(a, bridge_parse, i);
	return MNL_CB_OK;
}

static int attr_parse(const struct nlattr *a, void *arg)
{
	struct iface *i = arg;
	switch (mnl_attr_get_type(a)) {
	case IFLA_MASTER:
		i->master = (int)mnl_attr_get_u32(a);
		break;
	case IFLA_MTU:
		i->mtu = mnl_attr_get_u32(a);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(a) == MAC_BYTES)
			memcpy(i->mac, mnl_attr_get_payload(a), MAC_BYTES);
		break;
	case IFLA_IFALIAS:
		text_parse(a, i->alias, sizeof(i->alias));
		break;
	case IFLA_GROUP:
		i->unnamed = mnl_attr_get_u32(a) == UNNAMED;
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(a, info_parse, i);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

void iface_parse(const struct nlmsghdr *h, struct iface *i)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
	*i = (struct iface){.index = m->ifi_index};
	mnl_attr_parse(h, sizeof(*m), attr_parse, i);
}

static int found(const struct nlmsghdr *h, void *arg)
{
	iface_parse(h, arg);
	return MNL_CB_OK;
}

int iface_find(struct nl *nl, const char *name, struct iface *i)
{
	*i = (struct iface){0};
	begin(nl, RTM_GETLINK, 0, (struct ifinfomsg){0});
	mnl_attr_put_strz(nl->h, IFLA_IFNAME, name);
	if (nl_ask(nl, "find a network interface", found, i) < 0 && err_code() != ENODEV)
		return -1;
	err_clear();
	return 0;
}

/* ---- making and changing ---- */

static void put_quiet(struct nl *nl)
{
	struct nlattr *spec = mnl_attr_nest_start(nl->h, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(nl->h, AF_INET6);
	mnl_attr_put_u8(nl->h, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nl->h, inet6);
	mnl_attr_nest_end(nl->h, spec);
}

void iface_high_mac(const uint8_t mac[MAC_BYTES], uint8_t high[MAC_BYTES])
{
	memcpy(high, mac, MAC_BYTES);
	high[0] = mac[0] != 0xfe ? 0xfe : 0xfa;
}

int iface_pair(
    struct nl *nl, const char *host, int netns, const char *inside, const uint8_t mac[MAC_BYTES])
{
	static const struct ifinfomsg none;
	uint8_t high[MAC_BYTES];
	iface_high_mac(mac, high);
	begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, none);
	mnl_attr_put_strz(nl->h, IFLA_IFNAME, host);
	mnl_attr_put(nl->h, IFLA_ADDRESS, MAC_BYTES, high);
	iface_put_unnamed(nl);
	struct nlattr *info = mnl_attr_nest_start(nl->h, IFLA_LINKINFO);
	mnl_attr_put_strz(nl->h, IFLA_INFO_KIND, "veth");
	struct nlattr *data = mnl_attr_nest_start(nl->h, IFLA_INFO_DATA);
	struct nlattr *peer = mnl_attr_nest_start(nl->h, VETH_INFO_PEER);
	memcpy(mnl_nlmsg_put_extra_header(nl->h, sizeof(none)), &none, sizeof(none));
	mnl_attr_put_strz(nl->h, IFLA_IFNAME, inside);
	mnl_attr_put(nl->h, IFLA_ADDRESS, MAC_BYTES, mac);
	mnl_attr_put_u32(nl->h, IFLA_NET_NS_FD, (uint32_t)netns);
	mnl_attr_nest_end(nl->h, peer);
	mnl_attr_nest_end(nl->h, data);
	mnl_attr_nest_end(nl->h, info);
	return nl_do(nl, "make a pair of veth interfaces");
}

static int change_send(struct nl *nl, int index, const struct iface_change *c, bool quiet)
{
	unsigned up = c->up ? IFF_UP : 0;
	begin(nl, RTM_NEWLINK, 0,
	    (struct ifinfomsg){.ifi_index = index, .ifi_flags = up, .ifi_change = up});
	if (c->name != NULL)
		mnl_attr_put_strz(nl->h, IFLA_IFNAME, c->name);
	if (c->alias != NULL) {
		mnl_attr_put_strz(nl->h, IFLA_IFALIAS, c->alias);
		mnl_attr_put_u32(nl->h, IFLA_GROUP, 0);
	}
	if (c->mtu != 0)
		mnl_attr_put_u32(nl->h, IFLA_MTU, c->mtu);
	if (c->mac != NULL)
		mnl_attr_put(nl->h, IFLA_ADDRESS, MAC_BYTES, c->mac);
	if (c->master != 0)
		mnl_attr_put_u32(nl->h, IFLA_MASTER, c->master > 0 ? (uint32_t)c->master : 0);
	if (quiet)
		put_quiet(nl);
	return nl_do(nl, "set up a network interface");
}

/* An interface without IPv6 (ipv6.disable=1, or an MTU below NIC_MTU_LEAST_V6) is quiet by
 * itself. */
int iface_change(struct nl *nl, int index, const struct iface_change *c)
{
	if (change_send(nl, index, c, c->quiet) == 0)
		return 0;
	return c->quiet && err_code() == EAFNOSUPPORT ? change_send(nl, index, c, false) : -1;
}

int iface_delete(struct nl *nl, int index)
{
	begin(nl, RTM_DELLINK, 0, (struct ifinfomsg){.ifi_index = index});
	return nl_do(nl, "remove a network interface") < 0 && err_code() != ENODEV ? -1 : 0;
}
