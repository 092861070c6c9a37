#include "mount-helper/net/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"
#include "mount-helper/net/nft.h"
#include "protocol/ids.h"
#include "protocol/nic.h"

static const char users[] = "users", names4[] = "names4", names6[] = "names6";

enum { RULES = 12, NAME_SERVERS = 3, DNS = 53 }; /* resolv.conf(5): MAXNS */
enum {
	V4_TO = 16,
	V6_TO = 24,
	PRIORITY = -300
}; /* before an administrator's NAT: the packet as it was sent */

/* ---- the host's name servers ---- */

/* Name servers of earlier stay: a pasta that began with them still asks them. */
static void name_servers(struct nft *b)
{
	struct buf conf = {0};
	char *words[16];
	uint8_t a[16];
	int left = NAME_SERVERS;
	if (fd_read_at(-1, "/etc/resolv.conf", &conf) < 0)
		err_clear(); /* then it has none */
	char *text = conf.at;
	for (char *line; left > 0 && text != NULL && (line = word_line(&text)) != NULL;) {
		if (word_split(line, words, 16) < 2 || strcmp(words[0], "nameserver") != 0)
			continue;
		left--;
		if (inet_pton(AF_INET, words[1], a) == 1)
			nft_element_add(b, names4, a, 4);
		else if (inet_pton(AF_INET6, words[1], a) == 1)
			nft_element_add(b, names6, a, sizeof(a));
	}
	buf_finish(&conf);
	err_clear();
}

/* ---- the rules ---- */

/* The socket's owner is a uid of warren's. A packet without a socket any more, such as a TCP
 * connection's end, belongs to nobody: what it ends was checked when it began. */
static void is_zones(struct nft *b)
{
	const uint32_t first = htonl(UID_FIRST), last = htonl(UID_LAST + UID_COUNT - 1);
	nft_load_meta(b, NFT_META_SKUID);
	nft_swap(b, sizeof(first));
	nft_cmp(b, NFT_CMP_GTE, &first, sizeof(first));
	nft_cmp(b, NFT_CMP_LTE, &last, sizeof(last));
}

static void is_family(struct nft *b, uint8_t family)
{
	nft_load_meta(b, NFT_META_NFPROTO);
	nft_cmp(b, NFT_CMP_EQ, &family, 1);
}

static void is_protocol(struct nft *b, uint8_t number)
{
	nft_load_meta(b, NFT_META_L4PROTO);
	nft_cmp(b, NFT_CMP_EQ, &number, 1);
}

/* Each packet that the host sends passes here: most leave after a comparison of four bits. */
static void chain_out(struct nft *b)
{
	static const uint32_t mask = 0xf0000000, most = UID_FIRST & 0xf0000000;
	_Static_assert(
	    ((UID_LAST + UID_COUNT - 1) & 0xf0000000) == (UID_FIRST & 0xf0000000), "uids");
	nft_rule(b, "out");
	nft_load_meta(b, NFT_META_SKUID);
	nft_mask(b, &mask, sizeof(mask));
	nft_cmp(b, NFT_CMP_EQ, &most, sizeof(most));
	nft_verdict(b, NFT_GOTO, "zones");
}

static void zones_refuse(struct nft *b)
{
	static const uint16_t lo = ARPHRD_LOOPBACK;
	static const uint8_t many4 = 0xe0, many6 = 0xff; /* multicast; of IPv4 broadcast, too */
	nft_rule(b, "zones");
	nft_load_meta(b, NFT_META_OIFTYPE);
	nft_cmp(b, NFT_CMP_EQ, &lo, sizeof(lo));
	is_zones(b);
	nft_verdict(b, NFT_GOTO, "host");
	nft_rule(b, "zones");
	is_family(b, NFPROTO_IPV4);
	nft_load(b, NFT_PAYLOAD_NETWORK_HEADER, V4_TO, 1);
	nft_cmp(b, NFT_CMP_GTE, &many4, 1);
	is_zones(b);
	nft_verdict(b, NFT_GOTO, "refuse");
	nft_rule(b, "zones");
	is_family(b, NFPROTO_IPV6);
	nft_load(b, NFT_PAYLOAD_NETWORK_HEADER, V6_TO, 1);
	nft_cmp(b, NFT_CMP_EQ, &many6, 1);
	is_zones(b);
	nft_verdict(b, NFT_GOTO, "refuse");
}

static void name_rule(struct nft *b, uint8_t family, uint32_t at, const char *set, uint8_t protocol)
{
	const uint16_t port = htons(DNS);
	nft_rule(b, "host");
	is_family(b, family);
	nft_load(b, NFT_PAYLOAD_NETWORK_HEADER, at, family == NFPROTO_IPV4 ? 4 : 16);
	nft_in_set(b, set);
	is_protocol(b, protocol);
	nft_load(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof(port));
	nft_cmp(b, NFT_CMP_EQ, &port, sizeof(port));
	nft_verdict(b, NF_ACCEPT, NULL);
}

/* Published ports can be used from the host itself: let answers to its programs' connections pass.
 * No connection can begin this way, as its first packet has SYN without ACK. */
static void answers_accept(struct nft *b)
{
	enum { FLAGS_AT = 13 };
	static const uint8_t begins = TH_SYN, mask = TH_SYN | TH_ACK;
	nft_rule(b, "host");
	is_protocol(b, IPPROTO_TCP);
	nft_load(b, NFT_PAYLOAD_TRANSPORT_HEADER, FLAGS_AT, 1);
	nft_mask(b, &mask, 1);
	nft_cmp(b, NFT_CMP_NEQ, &begins, 1);
	nft_verdict(b, NF_ACCEPT, NULL);
}

static void host_accept(struct nft *b)
{
	answers_accept(b);
	name_rule(b, NFPROTO_IPV4, V4_TO, names4, IPPROTO_UDP);
	name_rule(b, NFPROTO_IPV4, V4_TO, names4, IPPROTO_TCP);
	name_rule(b, NFPROTO_IPV6, V6_TO, names6, IPPROTO_UDP);
	name_rule(b, NFPROTO_IPV6, V6_TO, names6, IPPROTO_TCP);
	nft_rule(b, "host");
	nft_verdict(b, NFT_GOTO, "refuse");
}

/* Answer as a closed port does, so that programs inside fail at once. */
static void packet_refuse(struct nft *b)
{
	nft_rule(b, "refuse");
	is_protocol(b, IPPROTO_TCP);
	nft_reject(b, NFT_REJECT_TCP_RST, 0);
	nft_rule(b, "refuse");
	nft_reject(b, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_PORT_UNREACH);
}

/* ---- the table ---- */

static int missing(void)
{
	switch (err_code()) {
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
	case EOPNOTSUPP:
	case ENOENT: /* one of the expressions */
		return err_set(EOPNOTSUPP,
		    "user needs nftables to keep the zone from the host's own services, which "
		    "this kernel has not (CONFIG_NF_TABLES_INET, CONFIG_NFT_REJECT_INET): give "
		    "bridge=NAME");
	default:
		return err_wrap("keep the zone from the host's own services");
	}
}

/* A key of the set of users */
static void element_key(char to[NIC_NAME], const char *name)
{
	memset(to, 0, NIC_NAME);
	memcpy(to, name, strnlen(name, NIC_NAME - 1));
}

static void elements_add(struct nft *b, const char *name)
{
	char user[NIC_NAME];
	element_key(user, name);
	name_servers(b);
	nft_element_add(b, users, user, sizeof(user));
}

/* Make the whole table anew, whatever somebody made of its rules. */
static int table_make(struct nft *b, const char *name)
{
	static const struct nft_hook hook = {NF_INET_LOCAL_OUT, PRIORITY, NULL, NF_ACCEPT};
	if (nft_begin(b, NFPROTO_INET, USER_TABLE) < 0)
		return -1;
	nft_table_make(b);
	nft_set_make(b, users, NFT_TYPE_IFNAME, NIC_NAME);
	nft_set_make(b, names4, NFT_TYPE_IPV4, 4);
	nft_set_make(b, names6, NFT_TYPE_IPV6, 16);
	nft_chain_make(b, "refuse", NULL);
	nft_chain_make(b, "host", NULL);
	nft_chain_make(b, "zones", NULL);
	nft_chain_make(b, "out", &hook);
	nft_rules_delete(b);
	packet_refuse(b);
	host_accept(b);
	zones_refuse(b);
	chain_out(b);
	elements_add(b, name);
	return nft_commit(b);
}

/* Add this NIC to a table that is there and whole: each change of rules is news to everybody who
 * watches them. -1 also if the table has gone by now, with the last NIC that needed it. */
static int table_join(struct nft *b, const char *name)
{
	if (nft_rules_count(NFPROTO_INET, USER_TABLE) != RULES ||
	    nft_begin(b, NFPROTO_INET, USER_TABLE) < 0)
		return -1;
	elements_add(b, name);
	return nft_commit(b);
}

int loopback_close(const char *name)
{
	static struct nft b;
	if (table_join(&b, name) == 0 || table_make(&b, name) == 0) {
		err_clear();
		return 0;
	}
	return missing();
}

static int is_gone(int result)
{
	return result < 0 && err_code() != ENOENT && err_code() != EBUSY ? -1 : 0;
}

int loopback_release(const char *name)
{
	static struct nft b;
	char user[NIC_NAME];
	element_key(user, name);
	if (!nft_table_is(NFPROTO_INET, USER_TABLE))
		return 0;
	if (nft_begin(&b, NFPROTO_INET, USER_TABLE) < 0)
		return -1;
	nft_element_delete(&b, users, user, sizeof(user));
	if (is_gone(nft_commit(&b)) < 0 || nft_begin(&b, NFPROTO_INET, USER_TABLE) < 0)
		return -1;
	nft_set_delete_empty(&b, users); /* the kernel refuses this, and so the whole batch, while
					  * another NIC needs the table */
	nft_table_delete(&b);
	return is_gone(nft_commit(&b));
}
