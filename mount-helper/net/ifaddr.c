#include "mount-helper/net/ifaddr.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/err.h"

enum { METRIC_FIRST = 100 }; /* below those that network managers give */

static unsigned char family(const struct helper_addr *a)
{
	return a->family == 4 ? AF_INET : AF_INET6;
}

static size_t length(const struct helper_addr *a)
{
	return a->family == 4 ? 4 : 16;
}

/* IPv6 addresses skip duplicate address detection, and so are usable at once. */
static void addr_begin(struct nl *nl, int type, int flags, int index, const struct helper_addr *a)
{
	struct ifaddrmsg m = {.ifa_family = family(a),
	    .ifa_prefixlen = a->prefix,
	    .ifa_flags = a->family == 6 ? IFA_F_NODAD : 0,
	    .ifa_index = (unsigned)index};
	nl_begin(nl, type, flags, &m, sizeof(m));
	mnl_attr_put(nl->h, IFA_LOCAL, length(a), a->bytes);
	mnl_attr_put(nl->h, IFA_ADDRESS, length(a), a->bytes);
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

/* The gateway may lie outside the interface's networks, as where a hoster gives a /32. */
static void route_begin(
    struct nl *nl, int type, int flags, int index, unsigned n, const struct helper_addr *a)
{
	struct rtmsg m = {.rtm_family = family(a),
	    .rtm_table = RT_TABLE_MAIN,
	    .rtm_protocol = RTPROT_STATIC,
	    .rtm_scope = RT_SCOPE_UNIVERSE,
	    .rtm_type = RTN_UNICAST,
	    .rtm_flags = RTNH_F_ONLINK};
	nl_begin(nl, type, flags, &m, sizeof(m));
	mnl_attr_put(nl->h, RTA_GATEWAY, length(a), a->bytes);
	mnl_attr_put_u32(nl->h, RTA_OIF, (uint32_t)index);
	mnl_attr_put_u32(nl->h, RTA_PRIORITY, METRIC_FIRST + n);
}

int gateway_add(struct nl *nl, int index, unsigned n, const struct helper_addr *a)
{
	route_begin(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, index, n, a);
	if (nl_do(nl, "add the default route") == 0)
		return 0;
	return err_code() != EINVAL
		   ? -1
		   : err_set(EINVAL, "its gateway is an address of the zone's own, or in a network "
				     "of another NIC of it: give the router's, on that NIC");
}

int gateway_remove(struct nl *nl, int index, unsigned n, const struct helper_addr *a)
{
	route_begin(nl, RTM_DELROUTE, 0, index, n, a);
	return nl_do(nl, "remove the default route") < 0 && err_code() != ESRCH ? -1 : 0;
}
