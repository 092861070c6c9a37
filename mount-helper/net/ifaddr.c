#include "mount-helper/net/ifaddr.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"

enum { METRIC_FIRST = 100 }; /* below those that network managers give */

static unsigned char family_of(const struct helper_addr *a)
{
	return a->family == 4 ? AF_INET : AF_INET6;
}

static size_t length_of(const struct helper_addr *a)
{
	return a->family == 4 ? 4 : 16;
}

/* IPv6 addresses skip duplicate address detection, and so are usable at once. */
static void addr_begin(struct nl *nl, int type, int flags, int index, const struct helper_addr *a)
{
	struct ifaddrmsg m = {.ifa_family = family_of(a),
	    .ifa_prefixlen = a->prefix,
	    .ifa_flags = a->family == 6 ? IFA_F_NODAD : 0,
	    .ifa_index = (unsigned)index};
	nl_begin(nl, type, flags, &m, sizeof(m));
	mnl_attr_put(nl->h, IFA_LOCAL, length_of(a), a->bytes);
	mnl_attr_put(nl->h, IFA_ADDRESS, length_of(a), a->bytes);
}

static void broadcast_put(struct nl *nl, const struct helper_addr *a)
{
	uint8_t b[4];
	if (a->family != 4 || a->prefix > 30)
		return;
	for (int i = 0; i < 4; i++) {
		int left = a->prefix - 8 * i;
		b[i] = (uint8_t)(a->bytes[i] | (left >= 8 ? 0 : left <= 0 ? 0xff : 0xff >> left));
	}
	mnl_attr_put(nl->h, IFA_BROADCAST, sizeof(b), b);
}

int addr_add(struct nl *nl, int index, const struct helper_addr *a)
{
	addr_begin(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, a);
	broadcast_put(nl, a);
	if (nl_do(nl, "add an address") == 0)
		return 0;
	switch (a->family == 6 ? err_code() : 0) {
	case EACCES:
	case EINVAL: /* this and the next: an MTU below NIC_MTU_LEAST_V6 */
	case ENXIO:
	case ENOBUFS:
	case EAFNOSUPPORT:
	case EOPNOTSUPP:
		return err_set(EOPNOTSUPP, "there is no IPv6 on this host or with this MTU "
					   "(net.ipv6.conf.*.disable_ipv6, ipv6.disable=1, or the "
					   "bridge has less than 1280): give IPv4 addresses alone");
	default:
		return -1;
	}
}

/* ENXIO: with an MTU below NIC_MTU_LEAST_V6 an interface has no IPv6 */
int addr_remove(struct nl *nl, int index, const struct helper_addr *a)
{
	addr_begin(nl, RTM_DELADDR, 0, index, a);
	return nl_do(nl, "remove an address") < 0 && err_code() != EADDRNOTAVAIL &&
		       err_code() != ENXIO
		   ? -1
		   : 0;
}

/* The gateway may lie outside the interface's networks, as when a hoster gives a /32. A gateway of
 * zeros: everything is reached directly, as over a point-to-point link. */
static void route_begin(
    struct nl *nl, int type, int flags, int index, uint32_t metric, const struct helper_addr *a)
{
	static const uint8_t none[16];
	bool direct = memcmp(a->bytes, none, sizeof(none)) == 0;
	struct rtmsg m = {.rtm_family = family_of(a),
	    .rtm_table = RT_TABLE_MAIN,
	    .rtm_protocol = type == RTM_NEWROUTE ? RTPROT_STATIC : RTPROT_UNSPEC, /* any */
	    .rtm_scope = direct && a->family == 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
	    .rtm_type = RTN_UNICAST,
	    .rtm_flags = direct ? 0 : RTNH_F_ONLINK};
	nl_begin(nl, type, flags, &m, sizeof(m));
	if (!direct)
		mnl_attr_put(nl->h, RTA_GATEWAY, length_of(a), a->bytes);
	mnl_attr_put_u32(nl->h, RTA_OIF, (uint32_t)index);
	mnl_attr_put_u32(nl->h, RTA_PRIORITY, metric);
}

int gateway_add(struct nl *nl, int index, unsigned n, const struct helper_addr *a)
{
	route_begin(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, index, METRIC_FIRST + n, a);
	if (nl_do(nl, "add the default route") == 0)
		return 0;
	return err_code() != EINVAL
		   ? -1
		   : err_set(EINVAL, "its gateway is an address of the zone's own, or in a network "
				     "of another NIC of it: give the router's, on that NIC");
}

int gateway_remove(struct nl *nl, int index, unsigned n, const struct helper_addr *a)
{
	route_begin(nl, RTM_DELROUTE, 0, index, METRIC_FIRST + n, a);
	return nl_do(nl, "remove the default route") < 0 && err_code() != ESRCH ? -1 : 0;
}

/* ---- the default routes that another program made ---- */

enum { FOREIGN_ROUTES = 8 };

struct route {
	struct helper_addr gateway; /* family alone: without one */
	uint32_t metric;
};

struct ranking {
	int index;
	uint32_t metric; /* that they shall have */
	struct route routes[FOREIGN_ROUTES];
	unsigned n;
};

struct found {
	struct route route;
	int index;
};

static int attr_take(const struct nlattr *attr, void *arg)
{
	struct found *f = arg;
	struct helper_addr *g = &f->route.gateway;
	uint16_t type = mnl_attr_get_type(attr), len = mnl_attr_get_payload_len(attr);
	if (type == RTA_OIF && len == sizeof(uint32_t))
		f->index = (int)mnl_attr_get_u32(attr);
	if (type == RTA_PRIORITY && len == sizeof(uint32_t))
		f->route.metric = mnl_attr_get_u32(attr);
	if (type == RTA_GATEWAY && len == length_of(g))
		memcpy(g->bytes, mnl_attr_get_payload(attr), len);
	return MNL_CB_OK;
}

/* The kernel maintains routes from router advertisements itself. */
static int route_note(const struct nlmsghdr *h, void *arg)
{
	struct ranking *r = arg;
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	struct found f = {.route.gateway.family = m->rtm_family == AF_INET ? 4 : 6};
	if (m->rtm_dst_len != 0 || m->rtm_table != RT_TABLE_MAIN || m->rtm_type != RTN_UNICAST ||
	    m->rtm_protocol == RTPROT_RA || mnl_attr_parse(h, sizeof(*m), attr_take, &f) < 0)
		return MNL_CB_OK;
	if (f.index == r->index && f.route.metric != r->metric && r->n < FOREIGN_ROUTES)
		r->routes[r->n++] = f.route;
	return MNL_CB_OK;
}

static int routes_find(struct nl *nl, unsigned char of, struct ranking *r)
{
	struct rtmsg m = {.rtm_family = of};
	nl_begin(nl, RTM_GETROUTE, NLM_F_DUMP, &m, sizeof(m));
	return nl_ask(nl, "list the default routes", route_note, r);
}

/* The best of them, which comes first, gets the rank; the others are removed. */
int gateways_rank(struct nl *nl, int index, unsigned n)
{
	struct ranking r = {.index = index, .metric = METRIC_FIRST + n};
	if (routes_find(nl, AF_INET, &r) < 0 || routes_find(nl, AF_INET6, &r) < 0)
		return -1;
	for (unsigned i = 0; i < r.n; i++) {
		const struct route *route = &r.routes[i];
		route_begin(
		    nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, index, r.metric, &route->gateway);
		if (nl_do(nl, "rank the default routes") < 0 && err_code() != EEXIST)
			return -1;
		route_begin(nl, RTM_DELROUTE, 0, index, route->metric, &route->gateway);
		if (nl_do(nl, "rank the default routes") < 0 && err_code() != ESRCH)
			return -1;
	}
	return 0;
}
