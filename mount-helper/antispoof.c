/* A frame that gets no further is dropped by the chain's policy. The rules, in this order:
 *
 *   another source MAC: drop
 *   ARP that is not about Ethernet and IPv4, or names another MAC as the sender's: drop
 *   without addresses: accept ARP, IPv4, IPv6 (nothing with a VLAN's tag, nothing for bridges)
 *   ARP from another address; a probe (from 0.0.0.0) for another: drop; any other: accept
 *   IPv4: a DHCP client's request; from its own addresses: accept
 *   ICMPv6: router advertisements, redirects; advertisements of another's address; looking from :: for
 *     another's address (which would take it from him): drop
 *   IPv6 from its own addresses and the link-local one that its MAC gives; ICMPv6 from :: : accept
 *
 * The kernel finds the header behind IPv6's extension headers for us (meta l4proto). */
#include "mount-helper/antispoof.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "mount-helper/nl.h"

static const char chain[] = "out";

/* Requests that take force all together. */
struct batch {
	struct nl nl; /* its buffer holds all of them */
	size_t len;
	int asked; /* requests in it that are answered */
	struct nlattr *list; /* of the rule that is being made */
	const char *name;
};

/* ---- messages ---- */

static struct nlmsghdr *message(struct batch *b, uint16_t type, uint16_t flags, uint16_t resource)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(b->nl.buf + b->len);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++b->nl.seq;
	*g = (struct nfgenmsg){NFPROTO_NETDEV, NFNETLINK_V0, htons(resource)};
	b->nl.h = h;
	return h;
}

static void done(struct batch *b)
{
	b->len += (size_t)(b->nl.h->nlmsg_len + 3) & ~(size_t)3; /* as netlink(7) has them */
}

static struct nlmsghdr *ask(struct batch *b, int type, uint16_t flags)
{
	b->asked++;
	return message(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_ACK | flags, 0);
}

static void table(struct batch *b, int type)
{
	struct nlmsghdr *h = ask(b, type, type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0);
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, b->name);
	done(b);
}

static void put32(struct nlmsghdr *h, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(h, type, htonl(value));
}

static void chain_make(struct batch *b)
{
	struct nlmsghdr *h = ask(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, b->name);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chain);
	struct nlattr *hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	put32(h, NFTA_HOOK_HOOKNUM, NF_NETDEV_INGRESS);
	put32(h, NFTA_HOOK_PRIORITY, 0);
	mnl_attr_put_strz(h, NFTA_HOOK_DEV, b->name);
	mnl_attr_nest_end(h, hook);
	put32(h, NFTA_CHAIN_POLICY, NF_DROP);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
	done(b);
}

/* ---- one rule: what must hold of a frame, then what becomes of it ---- */

static void rule(struct batch *b)
{
	struct nlmsghdr *h = ask(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, b->name);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	b->list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
}

struct expr {
	struct nlattr *elem, *data;
};

static struct expr expr_begin(struct batch *b, const char *name)
{
	struct expr e;
	e.elem = mnl_attr_nest_start(b->nl.h, NFTA_LIST_ELEM);
	mnl_attr_put_strz(b->nl.h, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(b->nl.h, NFTA_EXPR_DATA);
	return e;
}

static void expr_end(struct batch *b, struct expr e)
{
	mnl_attr_nest_end(b->nl.h, e.data);
	mnl_attr_nest_end(b->nl.h, e.elem);
}

static void end(struct batch *b, int verdict)
{
	struct expr e = expr_begin(b, "immediate");
	put32(b->nl.h, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	struct nlattr *data = mnl_attr_nest_start(b->nl.h, NFTA_IMMEDIATE_DATA);
	struct nlattr *code = mnl_attr_nest_start(b->nl.h, NFTA_DATA_VERDICT);
	put32(b->nl.h, NFTA_VERDICT_CODE, (uint32_t)verdict);
	mnl_attr_nest_end(b->nl.h, code);
	mnl_attr_nest_end(b->nl.h, data);
	expr_end(b, e);
	mnl_attr_nest_end(b->nl.h, b->list);
	done(b);
}

/* len bytes of the frame, to be compared: base NFT_PAYLOAD_LL_HEADER and the like */
static void load(struct batch *b, uint32_t base, uint32_t at, uint32_t len)
{
	struct expr e = expr_begin(b, "payload");
	put32(b->nl.h, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put32(b->nl.h, NFTA_PAYLOAD_BASE, base);
	put32(b->nl.h, NFTA_PAYLOAD_OFFSET, at);
	put32(b->nl.h, NFTA_PAYLOAD_LEN, len);
	expr_end(b, e);
}

static void cmp(struct batch *b, uint32_t op, const void *bytes, size_t len)
{
	struct expr e = expr_begin(b, "cmp");
	put32(b->nl.h, NFTA_CMP_SREG, NFT_REG_1);
	put32(b->nl.h, NFTA_CMP_OP, op);
	struct nlattr *data = mnl_attr_nest_start(b->nl.h, NFTA_CMP_DATA);
	mnl_attr_put(b->nl.h, NFTA_DATA_VALUE, len, bytes);
	mnl_attr_nest_end(b->nl.h, data);
	expr_end(b, e);
}

static void is(struct batch *b, uint32_t base, uint32_t at, const void *bytes, uint32_t len)
{
	load(b, base, at, len);
	cmp(b, NFT_CMP_EQ, bytes, len);
}

static void is_not(struct batch *b, uint32_t base, uint32_t at, const void *bytes, uint32_t len)
{
	load(b, base, at, len);
	cmp(b, NFT_CMP_NEQ, bytes, len);
}

/* The type of the frame itself: one with a VLAN's tag is of none of ours. */
static void frame(struct batch *b, uint16_t type)
{
	uint16_t wire = htons(type);
	is(b, NFT_PAYLOAD_LL_HEADER, 12, &wire, sizeof(wire));
}

static void protocol(struct batch *b, uint32_t op, uint8_t number)
{
	struct expr e = expr_begin(b, "meta");
	put32(b->nl.h, NFTA_META_DREG, NFT_REG_1);
	put32(b->nl.h, NFTA_META_KEY, NFT_META_L4PROTO);
	expr_end(b, e);
	cmp(b, op, &number, 1);
}

/* ---- the rules ---- */

enum { MAC_SOURCE = 6, ARP_SENDER_MAC = 8, ARP_SENDER = 14, ARP_TARGET = 24, V4_SOURCE = 12 };
enum { V6_SOURCE = 8, ND_TARGET = 8, ICMPV6 = 58, UDP = 17 };
enum { ND_ROUTER = 134, ND_LOOK = 135, ND_TELL = 136, ND_REDIRECT = 137 };

static const uint8_t nobody[16];

/* It is none of nic's addresses of that family, `besides` included. */
static void is_not_own(struct batch *b, uint32_t base, uint32_t at, const struct helper_nic *nic,
	int family, const void *besides)
{
	size_t len = family == 4 ? 4 : 16;
	load(b, base, at, (uint32_t)len);
	for (int i = 0; i < nic->naddrs; i++)
		if (nic->addrs[i].family == family)
			cmp(b, NFT_CMP_NEQ, nic->addrs[i].bytes, len);
	cmp(b, NFT_CMP_NEQ, besides, len);
}

static void macs(struct batch *b, const struct helper_nic *nic)
{
	static const uint8_t arp_head[] = {0, 1, 8, 0, 6, 4};
	rule(b);
	is_not(b, NFT_PAYLOAD_LL_HEADER, MAC_SOURCE, nic->mac, MAC_BYTES);
	end(b, NF_DROP);
	rule(b);
	frame(b, ETH_P_ARP);
	is_not(b, NFT_PAYLOAD_NETWORK_HEADER, 0, arp_head, sizeof(arp_head));
	end(b, NF_DROP);
	rule(b);
	frame(b, ETH_P_ARP);
	is_not(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER_MAC, nic->mac, MAC_BYTES);
	end(b, NF_DROP);
}

static void any_address(struct batch *b)
{
	static const uint16_t types[] = {ETH_P_ARP, ETH_P_IP, ETH_P_IPV6};
	for (size_t i = 0; i < NELEM(types); i++) {
		rule(b);
		frame(b, types[i]);
		end(b, NF_ACCEPT);
	}
}

static void arp(struct batch *b, const struct helper_nic *nic)
{
	rule(b);
	frame(b, ETH_P_ARP);
	is_not_own(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER, nic, 4, nobody);
	end(b, NF_DROP);
	rule(b);
	frame(b, ETH_P_ARP);
	is(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER, nobody, 4);
	is_not_own(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_TARGET, nic, 4, nobody);
	end(b, NF_DROP);
	rule(b);
	frame(b, ETH_P_ARP);
	end(b, NF_ACCEPT);
}

static void ipv4(struct batch *b, const struct helper_nic *nic)
{
	static const uint8_t dhcp_ports[] = {0, 68, 0, 67};
	rule(b);
	frame(b, ETH_P_IP);
	is(b, NFT_PAYLOAD_NETWORK_HEADER, V4_SOURCE, nobody, 4);
	protocol(b, NFT_CMP_EQ, UDP);
	is(b, NFT_PAYLOAD_TRANSPORT_HEADER, 0, dhcp_ports, sizeof(dhcp_ports));
	end(b, NF_ACCEPT);
	rule(b);
	frame(b, ETH_P_IP);
	is_not_own(b, NFT_PAYLOAD_NETWORK_HEADER, V4_SOURCE, nic, 4, nobody);
	end(b, NF_DROP);
	rule(b);
	frame(b, ETH_P_IP);
	is_not(b, NFT_PAYLOAD_NETWORK_HEADER, V4_SOURCE, nobody, 4);
	end(b, NF_ACCEPT);
}

static void icmpv6(struct batch *b, uint8_t type)
{
	rule(b);
	frame(b, ETH_P_IPV6);
	protocol(b, NFT_CMP_EQ, ICMPV6);
	is(b, NFT_PAYLOAD_TRANSPORT_HEADER, 0, &type, 1);
}

/* fe80::/64 and what the MAC gives (RFC 4291, appendix A) */
static void link_local(const uint8_t mac[MAC_BYTES], uint8_t to[16])
{
	const uint8_t ll[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff,
		0xfe, mac[3], mac[4], mac[5]};
	memcpy(to, ll, sizeof(ll));
}

static void ipv6(struct batch *b, const struct helper_nic *nic)
{
	uint8_t ll[16];
	link_local(nic->mac, ll);
	icmpv6(b, ND_ROUTER);
	end(b, NF_DROP);
	icmpv6(b, ND_REDIRECT);
	end(b, NF_DROP);
	icmpv6(b, ND_TELL);
	is_not_own(b, NFT_PAYLOAD_TRANSPORT_HEADER, ND_TARGET, nic, 6, ll);
	end(b, NF_DROP);
	icmpv6(b, ND_LOOK);
	is(b, NFT_PAYLOAD_NETWORK_HEADER, V6_SOURCE, nobody, 16);
	is_not_own(b, NFT_PAYLOAD_TRANSPORT_HEADER, ND_TARGET, nic, 6, ll);
	end(b, NF_DROP);
	rule(b);
	frame(b, ETH_P_IPV6);
	is(b, NFT_PAYLOAD_NETWORK_HEADER, V6_SOURCE, nobody, 16);
	protocol(b, NFT_CMP_EQ, ICMPV6);
	end(b, NF_ACCEPT);
	rule(b);
	frame(b, ETH_P_IPV6);
	is_not_own(b, NFT_PAYLOAD_NETWORK_HEADER, V6_SOURCE, nic, 6, ll);
	end(b, NF_DROP);
	rule(b);
	frame(b, ETH_P_IPV6);
	is_not(b, NFT_PAYLOAD_NETWORK_HEADER, V6_SOURCE, nobody, 16);
	end(b, NF_ACCEPT);
}

static void rules(struct batch *b, const struct helper_nic *nic)
{
	macs(b, nic);
	if (nic->naddrs == 0) {
		any_address(b);
		return;
	}
	arp(b, nic);
	ipv4(b, nic);
	ipv6(b, nic);
}

/* ---- asking ---- */

static int missing(const char *what)
{
	switch (err_code()) {
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
	case EOPNOTSUPP:
	case ENOPROTOOPT:
		return err_set(EOPNOTSUPP,
			"antispoof needs nftables at a device's ingress, which this kernel has not "
			"(CONFIG_NF_TABLES_NETDEV, CONFIG_NETFILTER_INGRESS): give antispoof=off");
	default:
		return err_wrap("%s", what);
	}
}

static int begin(struct batch *b, const char *name)
{
	b->len = 0;
	b->asked = 0;
	b->name = name;
	if (nl_open(&b->nl, NETLINK_NETFILTER, -1) < 0)
		return -1;
	message(b, NFNL_MSG_BATCH_BEGIN, 0, NFNL_SUBSYS_NFTABLES);
	done(b);
	return 0;
}

/* Every request has an answer; the first that is an error is the reason. */
static int commit(struct batch *b)
{
	char answer[8192];
	int code = 0;
	message(b, NFNL_MSG_BATCH_END, 0, NFNL_SUBSYS_NFTABLES);
	done(b);
	if (mnl_socket_sendto(b->nl.sock, b->nl.buf, b->len) < 0)
		return err_sys("set nftables");
	while (b->asked > 0) {
		ssize_t n = mnl_socket_recvfrom(b->nl.sock, answer, sizeof(answer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys("set nftables");
		int left = (int)n;
		for (struct nlmsghdr *h = (void *)answer; mnl_nlmsg_ok(h, left);
			h = mnl_nlmsg_next(h, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			b->asked--;
			code = code == 0 ? -e->error : code;
		}
	}
	errno = code;
	return code != 0 ? err_sys("set nftables") : 0;
}

static int finish(struct batch *b, int result)
{
	nl_close(&b->nl);
	return result;
}

int antispoof_set(const char *name, const struct helper_nic *nic)
{
	static struct batch b;
	if (begin(&b, name) < 0)
		return missing("antispoof");
	table(&b, NFT_MSG_NEWTABLE); /* that there is one to delete */
	table(&b, NFT_MSG_DELTABLE);
	table(&b, NFT_MSG_NEWTABLE);
	chain_make(&b);
	rules(&b, nic);
	return finish(&b, commit(&b) < 0 ? missing("antispoof") : 0);
}

/* Looking costs nothing; to remove what is not there some 10 ms, in which the kernel waits for all
 * processors. */
static bool is_there(struct nl *nl, const char *name)
{
	const struct nfgenmsg head = {NFPROTO_NETDEV, NFNETLINK_V0, 0};
	nl_begin(nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0, &head, sizeof(head));
	mnl_attr_put_strz(nl->h, NFTA_TABLE_NAME, name);
	return nl_do(nl, "look for rules") == 0 || err_code() != ENOENT;
}

int antispoof_remove(const char *name)
{
	cleanup_nl struct nl nl;
	static struct batch b;
	if (nl_open(&nl, NETLINK_NETFILTER, -1) < 0) /* no nftables, no rules */
		return err_code() == EPROTONOSUPPORT ? 0 : -1;
	if (!is_there(&nl, name))
		return 0;
	if (begin(&b, name) < 0)
		return -1;
	table(&b, NFT_MSG_DELTABLE);
	int result = commit(&b);
	if (result < 0 &&
		(err_code() == ENOENT || err_code() == EAFNOSUPPORT || err_code() == EOPNOTSUPP))
		result = 0;
	return finish(&b, result);
}
