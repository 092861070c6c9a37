/* nftables: requests that take force all together, or none of them (libmnl does the bytes). The
 * words are those of nft(8); what the kernel asks for is in <linux/netfilter/nf_tables.h>. */
#ifndef WARREN_MOUNT_HELPER_NET_NFT_H
#define WARREN_MOUNT_HELPER_NET_NFT_H

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>

#include "mount-helper/net/nl.h"

/* A batch of requests about one table. */
struct nft {
	struct nl nl; /* its buffer holds all of them */
	size_t len;
	int asked; /* requests in it that are answered */
	uint8_t family; /* NFPROTO_ */
	const char *table; /* borrowed */
	struct nlattr *list; /* of the rule that is being made */
};

/* Begin a batch about this table; nft_commit ends it. -1: EPROTONOSUPPORT, the kernel has no
 * nftables */
int nft_begin(struct nft *b, uint8_t family, const char *table);

/* Put all of it in force. -1 with the errno of the first request that was refused: then none is. */
int nft_commit(struct nft *b);

/* Is there such a table? Asking is cheap; removing a table that does not exist takes 10 ms, as the
 * kernel waits for all processors. True also if it can't be told. */
bool nft_table_is(uint8_t family, const char *table);

/* How many rules it has in all; -1: it can't be told. */
int nft_rules_count(uint8_t family, const char *table);

/* ---- requests. What is there already stays as it is, and making it is no error. ---- */

void nft_table_make(struct nft *b);
void nft_table_delete(struct nft *b); /* refused where there is none */
void nft_rules_delete(struct nft *b); /* of all of its chains */

/* Frames or packets that come by here go through it; the policy is NF_ACCEPT or NF_DROP. dev: of
 * the family netdev, else NULL. */
struct nft_hook {
	uint32_t hook;
	int32_t priority;
	const char *dev;
	uint32_t policy;
};
void nft_chain_make(
    struct nft *b, const char *chain, const struct nft_hook *hook); /* NULL: gone to alone */

/* What a set holds, by the numbers that nft(8) gives its types, so that it shows them. */
enum nft_type { NFT_TYPE_IPV4 = 7, NFT_TYPE_IPV6 = 8, NFT_TYPE_IFNAME = 41 };
void nft_set_make(
    struct nft *b, const char *set, enum nft_type type, uint32_t len); /* len: of one */
void nft_set_delete_empty(struct nft *b, const char *set); /* EBUSY where it has elements */
void nft_element_add(struct nft *b, const char *set, const void *bytes, size_t len);
void nft_element_delete(struct nft *b, const char *set, const void *bytes, size_t len);

/* ---- one rule: conditions, then a verdict. A condition on bytes that are not there does not hold.
 * ---- */

void nft_rule(struct nft *b, const char *chain);
void nft_verdict(struct nft *b, int verdict, const char *chain); /* NF_ACCEPT, NF_DROP, NFT_GOTO */
void nft_reject(struct nft *b, uint32_t type, uint8_t code); /* NFT_REJECT_ */

/* Load what is compared next: bytes of the packet (base NFT_PAYLOAD_), of IPv6's first extension
 * header of that number, or something about the packet (NFT_META_). */
void nft_load(struct nft *b, uint32_t base, uint32_t at, uint32_t len);
void nft_load_exthdr(struct nft *b, uint8_t header, uint32_t at, uint32_t len);
void nft_load_meta(struct nft *b, uint32_t key);

void nft_mask(struct nft *b, const void *mask, size_t len); /* these bits of it alone */
void nft_swap(struct nft *b, uint32_t len); /* to network order, so that <= compares numbers */
void nft_cmp(struct nft *b, uint32_t op, const void *bytes, size_t len); /* NFT_CMP_ */
void nft_in_set(struct nft *b, const char *set);

#endif
