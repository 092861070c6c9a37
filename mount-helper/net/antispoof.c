/* The policy of the chain "out" drops a frame that nothing accepts. From there it goes to one of
 *
 *	arp	about Ethernet and IPv4, from its own MAC; with addresses: from one of them, or a
 *		probe (from 0.0.0.0) for one of them
 *	ip	by udp and icmp, unless it is a DHCP server's or a router's, to own. With addresses:
 *		from one of them, or the request of a DHCP client
 *	ip6	the same, by udp6 and icmp6 to own6. With addresses, the link-local one that its MAC
 *		gives is its own, too, and so is looking for another who has one of its own, which
 *		is done from ::
 *
 * A frame with a VLAN's tag is of none of these types. The kernel finds the header behind IPv6's
 * extension headers for us (meta l4proto). It looks for it behind the packet's end as well, and in
 * a fragment that is something else: so the first fragment must have it directly behind the
 * fragment header (stricter than RFC 7112), and no neighbour discovery comes in fragments (RFC
 * 6980). Later fragments pass: without their first nobody can put them together. */
#include "mount-helper/net/antispoof.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "mount-helper/net/nft.h"

enum { MAC_SOURCE = 6, TYPE = 12, ARP_SENDER_MAC = 8, ARP_SENDER = 14, ARP_TARGET = 24 };
enum { V4_FRAGMENT = 6, V4_SOURCE = 12 };
enum { V6_LENGTH = 4, V6_NEXT = 6, V6_SOURCE = 8, V6_BYTES = 40, V6_FRAGMENT_BYTES = 8 };
enum { V4_ROUTER = 9, V4_REDIRECT = 5 }; /* RFC 1256, RFC 792 */
enum { ND_FIRST = 133, ND_ROUTER, ND_LOOK, ND_TELL, ND_REDIRECT, ND_TARGET = 8 }; /* RFC 4861 */
enum { SERVER4 = 67, CLIENT4 = 68, CLIENT6 = 546, SERVER6 = 547 }; /* RFC 2131, RFC 8415 */

static const uint8_t nobody[16];

/* ---- what rules are made of ---- */

static void is(struct nft *b, uint32_t base, uint32_t at, const void *bytes, uint32_t len)
{
	nft_load(b, base, at, len);
	nft_cmp(b, NFT_CMP_EQ, bytes, len);
}

static void is_not(struct nft *b, uint32_t base, uint32_t at, const void *bytes, uint32_t len)
{
	nft_load(b, base, at, len);
	nft_cmp(b, NFT_CMP_NEQ, bytes, len);
}

static void protocol(struct nft *b, uint32_t op, uint8_t number)
{
	nft_load_meta(b, NFT_META_L4PROTO);
	nft_cmp(b, op, &number, 1);
}

static void port(struct nft *b, uint32_t op, bool destination, uint16_t number)
{
	uint16_t wire = htons(number);
	nft_load(b, NFT_PAYLOAD_TRANSPORT_HEADER, destination ? 2 : 0, sizeof(wire));
	nft_cmp(b, op, &wire, sizeof(wire));
}

static void icmp_type(struct nft *b, uint32_t op, uint8_t type)
{
	nft_load(b, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	nft_cmp(b, op, &type, 1);
}

/* Holds if it is none of nic's addresses of that family, and not `besides` (if given). */
static void is_not_own(struct nft *b, uint32_t base, uint32_t at, const struct helper_nic *nic,
    int family, const void *besides)
{
	size_t len = family == 4 ? 4 : 16;
	nft_load(b, base, at, (uint32_t)len);
	for (int i = 0; i < nic->naddrs; i++)
		if (nic->addrs[i].family == family)
			nft_cmp(b, NFT_CMP_NEQ, nic->addrs[i].bytes, len);
	if (besides != NULL)
		nft_cmp(b, NFT_CMP_NEQ, besides, len);
}

/* ---- ARP ---- */

static void arp(struct nft *b, const struct helper_nic *nic)
{
	static const uint8_t head[] = {0, 1, 8, 0, 6, 4};
	nft_rule(b, "arp");
	is_not(b, NFT_PAYLOAD_NETWORK_HEADER, 0, head, sizeof(head));
	nft_verdict(b, NF_DROP, NULL);
	nft_rule(b, "arp");
	is_not(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER_MAC, nic->mac, MAC_BYTES);
	nft_verdict(b, NF_DROP, NULL);
	if (nic->naddrs > 0) {
		nft_rule(b, "arp");
		is_not_own(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER, nic, 4, nobody);
		nft_verdict(b, NF_DROP, NULL);
		nft_rule(b, "arp");
		is(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER, nobody, 4);
		is_not_own(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_TARGET, nic, 4, nobody);
		nft_verdict(b, NF_DROP, NULL);
	}
	nft_rule(b, "arp");
	is(b, NFT_PAYLOAD_NETWORK_HEADER, 0, head, sizeof(head)); /* all of it was read */
	is(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER_MAC, nic->mac, MAC_BYTES);
	nft_verdict(b, NF_ACCEPT, NULL);
}

/* ---- routers and servers ---- */

/* Drop what a DHCP server sends. An answer goes to the clients' port. One for a relay goes to the
 * servers' port: from there only servers and relays send, clients send from their own. */
static void no_server(struct nft *b, const char *chain, uint16_t server, uint16_t client)
{
	nft_rule(b, chain);
	port(b, NFT_CMP_EQ, true, client);
	nft_verdict(b, NF_DROP, NULL);
	nft_rule(b, chain);
	port(b, NFT_CMP_EQ, false, server);
	nft_verdict(b, NF_DROP, NULL);
	nft_rule(b, chain);
	port(b, NFT_CMP_EQ, true, server);
	port(b, NFT_CMP_NEQ, false, client);
	nft_verdict(b, NF_DROP, NULL);
}

static void no_types(struct nft *b, const char *chain, uint8_t one, uint8_t other)
{
	nft_rule(b, chain);
	icmp_type(b, NFT_CMP_EQ, one);
	nft_verdict(b, NF_DROP, NULL);
	nft_rule(b, chain);
	icmp_type(b, NFT_CMP_EQ, other);
	nft_verdict(b, NF_DROP, NULL);
}

/* ---- IPv4 ---- */

/* The whole packet, or its first fragment, with at least 8 bytes of the header above IP. */
static void first(struct nft *b, uint8_t number, const char *chain)
{
	static const uint8_t offset[] = {0x1f, 0xff};
	nft_rule(b, "ip");
	nft_load(b, NFT_PAYLOAD_NETWORK_HEADER, V4_FRAGMENT, sizeof(offset));
	nft_mask(b, offset, sizeof(offset));
	nft_cmp(b, NFT_CMP_EQ, nobody, sizeof(offset));
	protocol(b, NFT_CMP_EQ, number);
	nft_verdict(b, NFT_GOTO, chain);
}

/* Other packets pass: if the rules can't find the header above IP no receiver finds it either. */
static void rest(struct nft *b, const char *chain, const char *to)
{
	nft_rule(b, chain);
	protocol(b, NFT_CMP_NEQ, 255); /* reserved */
	nft_verdict(b, NFT_GOTO, to);
}

static void own4(struct nft *b, const struct helper_nic *nic)
{
	if (nic->naddrs > 0) {
		nft_rule(b, "own");
		is_not_own(b, NFT_PAYLOAD_NETWORK_HEADER, V4_SOURCE, nic, 4, NULL);
		nft_verdict(b, NF_DROP, NULL);
	}
	nft_rule(b, "own");
	nft_verdict(b, NF_ACCEPT, NULL);
}

static void ip(struct nft *b, const struct helper_nic *nic)
{
	first(b, IPPROTO_UDP, "udp");
	first(b, IPPROTO_ICMP, "icmp");
	rest(b, "ip", "own");
	if ((nic->allow & NIC_ALLOW_DHCP_SERVER) == 0)
		no_server(b, "udp", SERVER4, CLIENT4);
	nft_rule(b, "udp"); /* a client that has no address yet */
	is(b, NFT_PAYLOAD_NETWORK_HEADER, V4_SOURCE, nobody, 4);
	port(b, NFT_CMP_EQ, false, CLIENT4);
	port(b, NFT_CMP_EQ, true, SERVER4);
	nft_verdict(b, NF_ACCEPT, NULL);
	nft_rule(b, "udp");
	nft_verdict(b, NFT_GOTO, "own");
	if ((nic->allow & NIC_ALLOW_ROUTER) == 0)
		no_types(b, "icmp", V4_ROUTER, V4_REDIRECT);
	nft_rule(b, "icmp");
	nft_verdict(b, NFT_GOTO, "own");
	own4(b, nic);
}

/* ---- IPv6 ---- */

/* fe80::/64 and what the MAC gives (RFC 4291, appendix A) */
static void link_local(const uint8_t mac[MAC_BYTES], uint8_t to[16])
{
	const uint8_t ll[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff,
	    0xfe, mac[3], mac[4], mac[5]};
	memcpy(to, ll, sizeof(ll));
}

/* The fragment header is the only extension header, before something of 8 bytes at least. */
static void fragments(struct nft *b)
{
	static const uint8_t fragment = IPPROTO_FRAGMENT, offset[] = {0xff, 0xf8};
	static const uint8_t uppers[] = {
	    IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6, IPPROTO_ESP, IPPROTO_SCTP};
	const uint16_t least = htons(V6_FRAGMENT_BYTES + 8);
	nft_rule(b, "ip6");
	nft_load_exthdr(b, fragment, 0, 1);
	is_not(b, NFT_PAYLOAD_NETWORK_HEADER, V6_NEXT, &fragment, 1);
	nft_verdict(b, NF_DROP, NULL);
	nft_rule(b, "ip6");
	is(b, NFT_PAYLOAD_NETWORK_HEADER, V6_NEXT, &fragment, 1);
	nft_load(b, NFT_PAYLOAD_NETWORK_HEADER, V6_BYTES + 2, sizeof(offset));
	nft_mask(b, offset, sizeof(offset));
	nft_cmp(b, NFT_CMP_NEQ, nobody, sizeof(offset));
	nft_verdict(b, NFT_GOTO, "own6");
	nft_rule(b, "ip6");
	is(b, NFT_PAYLOAD_NETWORK_HEADER, V6_NEXT, &fragment, 1);
	nft_load(b, NFT_PAYLOAD_NETWORK_HEADER, V6_BYTES, 1);
	for (size_t i = 0; i < NELEM(uppers); i++)
		nft_cmp(b, NFT_CMP_NEQ, &uppers[i], 1);
	nft_verdict(b, NF_DROP, NULL);
	nft_rule(b, "ip6");
	is(b, NFT_PAYLOAD_NETWORK_HEADER, V6_NEXT, &fragment, 1);
	nft_load(b, NFT_PAYLOAD_NETWORK_HEADER, V6_LENGTH, sizeof(least));
	nft_cmp(b, NFT_CMP_LT, &least, sizeof(least));
	nft_verdict(b, NF_DROP, NULL);
}

static void upper(struct nft *b, uint8_t number, const char *chain)
{
	nft_rule(b, "ip6");
	protocol(b, NFT_CMP_EQ, number);
	nft_verdict(b, NFT_GOTO, chain);
}

static void icmp6(struct nft *b, const struct helper_nic *nic, const uint8_t ll[16])
{
	static const uint8_t fragment = IPPROTO_FRAGMENT;
	nft_rule(b, "icmp6");
	icmp_type(b, NFT_CMP_GTE, ND_FIRST);
	icmp_type(b, NFT_CMP_LTE, ND_REDIRECT);
	is(b, NFT_PAYLOAD_NETWORK_HEADER, V6_NEXT, &fragment, 1);
	nft_verdict(b, NF_DROP, NULL);
	if ((nic->allow & NIC_ALLOW_ROUTER) == 0)
		no_types(b, "icmp6", ND_ROUTER, ND_REDIRECT);
	if (nic->naddrs > 0) {
		nft_rule(b, "icmp6");
		icmp_type(b, NFT_CMP_EQ, ND_TELL);
		is_not_own(b, NFT_PAYLOAD_TRANSPORT_HEADER, ND_TARGET, nic, 6, ll);
		nft_verdict(b, NF_DROP, NULL);
		nft_rule(b, "icmp6");
		icmp_type(b, NFT_CMP_EQ, ND_LOOK);
		is(b, NFT_PAYLOAD_NETWORK_HEADER, V6_SOURCE, nobody, 16);
		is_not_own(b, NFT_PAYLOAD_TRANSPORT_HEADER, ND_TARGET, nic, 6, ll);
		nft_verdict(b, NF_DROP, NULL);
		nft_rule(b, "icmp6");
		is(b, NFT_PAYLOAD_NETWORK_HEADER, V6_SOURCE, nobody, 16);
		nft_verdict(b, NF_ACCEPT, NULL);
	}
	nft_rule(b, "icmp6");
	nft_verdict(b, NFT_GOTO, "own6");
}

static void own6(struct nft *b, const struct helper_nic *nic, const uint8_t ll[16])
{
	if (nic->naddrs > 0) {
		nft_rule(b, "own6");
		is_not_own(b, NFT_PAYLOAD_NETWORK_HEADER, V6_SOURCE, nic, 6, ll);
		nft_verdict(b, NF_DROP, NULL);
	}
	nft_rule(b, "own6");
	nft_verdict(b, NF_ACCEPT, NULL);
}

static void ip6(struct nft *b, const struct helper_nic *nic)
{
	uint8_t ll[16];
	link_local(nic->mac, ll);
	fragments(b);
	upper(b, IPPROTO_UDP, "udp6");
	upper(b, IPPROTO_ICMPV6, "icmp6");
	rest(b, "ip6", "own6");
	if ((nic->allow & NIC_ALLOW_DHCP_SERVER) == 0)
		no_server(b, "udp6", SERVER6, CLIENT6);
	nft_rule(b, "udp6");
	nft_verdict(b, NFT_GOTO, "own6");
	icmp6(b, nic, ll);
	own6(b, nic, ll);
}

/* ---- the whole ---- */

static void out(struct nft *b, const struct helper_nic *nic)
{
	static const struct {
		uint16_t type;
		const char *chain;
	} types[] = {{ETH_P_IP, "ip"}, {ETH_P_IPV6, "ip6"}, {ETH_P_ARP, "arp"}};
	nft_rule(b, "out");
	is_not(b, NFT_PAYLOAD_LL_HEADER, MAC_SOURCE, nic->mac, MAC_BYTES);
	nft_verdict(b, NF_DROP, NULL);
	for (size_t i = 0; i < NELEM(types); i++) {
		uint16_t wire = htons(types[i].type);
		nft_rule(b, "out");
		is(b, NFT_PAYLOAD_LL_HEADER, TYPE, &wire, sizeof(wire));
		nft_verdict(b, NFT_GOTO, types[i].chain);
	}
}

static int missing(void)
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
		return err_wrap("antispoof");
	}
}

int antispoof_set(const char *name, const struct helper_nic *nic)
{
	static struct nft b;
	static const char *const chains[] = {
	    "arp", "own", "udp", "icmp", "ip", "own6", "icmp6", "udp6", "ip6"};
	const struct nft_hook hook = {NF_NETDEV_INGRESS, 0, name, NF_DROP};
	if (nft_begin(&b, NFPROTO_NETDEV, name) < 0)
		return missing();
	nft_table_make(&b); /* that there is one to delete */
	nft_table_delete(&b);
	nft_table_make(&b);
	for (size_t i = 0; i < NELEM(chains); i++)
		nft_chain_make(&b, chains[i], NULL);
	nft_chain_make(&b, "out", &hook);
	arp(&b, nic);
	ip(&b, nic);
	ip6(&b, nic);
	out(&b, nic);
	return nft_commit(&b) < 0 ? missing() : 0;
}

int antispoof_remove(const char *name)
{
	static struct nft b;
	if (!nft_table_is(NFPROTO_NETDEV, name))
		return 0;
	if (nft_begin(&b, NFPROTO_NETDEV, name) < 0)
		return -1;
	nft_table_delete(&b);
	if (nft_commit(&b) == 0 || err_code() == ENOENT || err_code() == EAFNOSUPPORT ||
	    err_code() == EOPNOTSUPP)
		return 0;
	return -1;
}
