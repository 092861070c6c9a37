#include "mount-helper/net/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>

#include "base/err.h"

/* ---- messages ---- */

static struct nlmsghdr *message_begin(
    struct nft *b, uint16_t type, uint16_t flags, uint16_t resource)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(b->nl.buf + b->len);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++b->nl.seq;
	*g = (struct nfgenmsg){b->family, NFNETLINK_V0, htons(resource)};
	b->nl.h = h;
	return h;
}

static void batch_end(struct nft *b)
{
	b->len += (size_t)(b->nl.h->nlmsg_len + 3) & ~(size_t)3; /* as netlink(7) has them */
}

static struct nlmsghdr *request_begin(struct nft *b, int type, uint16_t flags)
{
	b->asked++;
	return message_begin(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_ACK | flags, 0);
}

static void attr_put32(struct nlmsghdr *h, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(h, type, htonl(value));
}

int nft_begin(struct nft *b, uint8_t family, const char *table)
{
	b->len = 0;
	b->asked = 0;
	b->family = family;
	b->table = table;
	if (nl_open(&b->nl, NETLINK_NETFILTER, -1) < 0)
		return -1;
	message_begin(b, NFNL_MSG_BATCH_BEGIN, 0, NFNL_SUBSYS_NFTABLES);
	batch_end(b);
	return 0;
}

/* The answers in one packet; the first that is an error is the reason. */
static void answers_parse(struct nft *b, void *bytes, int left, int *code)
{
	for (struct nlmsghdr *h = bytes; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
		if (h->nlmsg_type != NLMSG_ERROR)
			continue;
		b->asked--;
		*code = *code == 0 ? -e->error : *code;
	}
}

/* Every request has an answer. */
static int batch_send(struct nft *b)
{
	char answer[8192];
	int code = 0;
	if (mnl_socket_sendto(b->nl.sock, b->nl.buf, b->len) < 0)
		return -1;
	while (b->asked > 0) {
		ssize_t n = mnl_socket_recvfrom(b->nl.sock, answer, sizeof(answer));
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			answers_parse(b, answer, (int)n, &code);
	}
	errno = code;
	return code != 0 ? -1 : 0;
}

int nft_commit(struct nft *b)
{
	message_begin(b, NFNL_MSG_BATCH_END, 0, NFNL_SUBSYS_NFTABLES);
	batch_end(b);
	int result = batch_send(b) < 0 ? err_sys("set nftables") : 0;
	nl_close(&b->nl);
	return result;
}

bool nft_table_is(uint8_t family, const char *table)
{
	cleanup_nl struct nl nl;
	const struct nfgenmsg head = {family, NFNETLINK_V0, 0};
	if (nl_open(&nl, NETLINK_NETFILTER, -1) < 0)
		return err_code() != EPROTONOSUPPORT; /* no nftables, no tables */
	nl_begin(&nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0, &head, sizeof(head));
	mnl_attr_put_strz(nl.h, NFTA_TABLE_NAME, table);
	return nl_do(&nl, "look for rules") == 0 || err_code() != ENOENT;
}

static int one_more(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	++*(int *)arg;
	return MNL_CB_OK;
}

int nft_rules_count(uint8_t family, const char *table)
{
	cleanup_nl struct nl nl;
	const struct nfgenmsg head = {family, NFNETLINK_V0, 0};
	int n = 0;
	if (nl_open(&nl, NETLINK_NETFILTER, -1) < 0)
		return -1;
	nl_begin(&nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP, &head, sizeof(head));
	mnl_attr_put_strz(nl.h, NFTA_RULE_TABLE, table);
	return nl_ask(&nl, "look for rules", one_more, &n) < 0 ? -1 : n;
}

/* ---- requests ---- */

void nft_table_make(struct nft *b)
{
	mnl_attr_put_strz(
	    request_begin(b, NFT_MSG_NEWTABLE, NLM_F_CREATE), NFTA_TABLE_NAME, b->table);
	batch_end(b);
}

void nft_table_delete(struct nft *b)
{
	mnl_attr_put_strz(request_begin(b, NFT_MSG_DELTABLE, 0), NFTA_TABLE_NAME, b->table);
	batch_end(b);
}

void nft_rules_delete(struct nft *b)
{
	mnl_attr_put_strz(request_begin(b, NFT_MSG_DELRULE, 0), NFTA_RULE_TABLE, b->table);
	batch_end(b);
}

static void hook_put(struct nlmsghdr *h, const struct nft_hook *hook)
{
	struct nlattr *nest = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	attr_put32(h, NFTA_HOOK_HOOKNUM, hook->hook);
	attr_put32(h, NFTA_HOOK_PRIORITY, (uint32_t)hook->priority);
	if (hook->dev != NULL)
		mnl_attr_put_strz(h, NFTA_HOOK_DEV, hook->dev);
	mnl_attr_nest_end(h, nest);
	attr_put32(h, NFTA_CHAIN_POLICY, hook->policy);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
}

void nft_chain_make(struct nft *b, const char *chain, const struct nft_hook *hook)
{
	struct nlmsghdr *h = request_begin(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chain);
	if (hook != NULL)
		hook_put(h, hook);
	batch_end(b);
}

void nft_set_make(struct nft *b, const char *set, enum nft_type type, uint32_t len)
{
	/* for nft(8) alone (libnftnl's udata.h): the bytes of a name are in the host's order */
	const struct {
		uint8_t type, len;
		uint32_t host;
	} __attribute__((packed)) order = {0, sizeof(uint32_t), 1};
	struct nlmsghdr *h = request_begin(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	mnl_attr_put_strz(h, NFTA_SET_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_SET_NAME, set);
	attr_put32(h, NFTA_SET_FLAGS, 0);
	attr_put32(h, NFTA_SET_KEY_TYPE, type);
	attr_put32(h, NFTA_SET_KEY_LEN, len);
	attr_put32(h, NFTA_SET_ID, b->nl.seq); /* of this batch's own */
	if (type == NFT_TYPE_IFNAME)
		mnl_attr_put(h, NFTA_SET_USERDATA, sizeof(order), &order);
	batch_end(b);
}

void nft_set_delete_empty(struct nft *b, const char *set)
{
	struct nlmsghdr *h = request_begin(b, NFT_MSG_DELSET, NLM_F_NONREC);
	mnl_attr_put_strz(h, NFTA_SET_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_SET_NAME, set);
	batch_end(b);
}

static void data_put(struct nlmsghdr *h, uint16_t type, const void *bytes, size_t len)
{
	struct nlattr *data = mnl_attr_nest_start(h, type);
	mnl_attr_put(h, NFTA_DATA_VALUE, len, bytes);
	mnl_attr_nest_end(h, data);
}

static void element_put(
    struct nft *b, struct nlmsghdr *h, const char *set, const void *bytes, size_t len)
{
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
	struct nlattr *all = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	struct nlattr *one = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	data_put(h, NFTA_SET_ELEM_KEY, bytes, len);
	mnl_attr_nest_end(h, one);
	mnl_attr_nest_end(h, all);
	batch_end(b);
}

void nft_element_add(struct nft *b, const char *set, const void *bytes, size_t len)
{
	element_put(b, request_begin(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE), set, bytes, len);
}

void nft_element_delete(struct nft *b, const char *set, const void *bytes, size_t len)
{
	element_put(b, request_begin(b, NFT_MSG_DELSETELEM, 0), set, bytes, len);
}

/* ---- one rule ---- */

void nft_rule(struct nft *b, const char *chain)
{
	struct nlmsghdr *h = request_begin(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	b->list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
}

struct expr {
	struct nlattr *elem, *data;
};

static struct expr expr_begin(struct nft *b, const char *name)
{
	struct expr e;
	e.elem = mnl_attr_nest_start(b->nl.h, NFTA_LIST_ELEM);
	mnl_attr_put_strz(b->nl.h, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(b->nl.h, NFTA_EXPR_DATA);
	return e;
}

static void expr_end(struct nft *b, struct expr e)
{
	mnl_attr_nest_end(b->nl.h, e.data);
	mnl_attr_nest_end(b->nl.h, e.elem);
}

static void rule_end(struct nft *b, struct expr last)
{
	expr_end(b, last);
	mnl_attr_nest_end(b->nl.h, b->list);
	batch_end(b);
}

void nft_verdict(struct nft *b, int verdict, const char *chain)
{
	struct expr e = expr_begin(b, "immediate");
	attr_put32(b->nl.h, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	struct nlattr *data = mnl_attr_nest_start(b->nl.h, NFTA_IMMEDIATE_DATA);
	struct nlattr *code = mnl_attr_nest_start(b->nl.h, NFTA_DATA_VERDICT);
	attr_put32(b->nl.h, NFTA_VERDICT_CODE, (uint32_t)verdict);
	if (chain != NULL)
		mnl_attr_put_strz(b->nl.h, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(b->nl.h, code);
	mnl_attr_nest_end(b->nl.h, data);
	rule_end(b, e);
}

void nft_reject(struct nft *b, uint32_t type, uint8_t code)
{
	struct expr e = expr_begin(b, "reject");
	attr_put32(b->nl.h, NFTA_REJECT_TYPE, type);
	mnl_attr_put_u8(b->nl.h, NFTA_REJECT_ICMP_CODE, code);
	rule_end(b, e);
}

void nft_load(struct nft *b, uint32_t base, uint32_t at, uint32_t len)
{
	struct expr e = expr_begin(b, "payload");
	attr_put32(b->nl.h, NFTA_PAYLOAD_DREG, NFT_REG_1);
	attr_put32(b->nl.h, NFTA_PAYLOAD_BASE, base);
	attr_put32(b->nl.h, NFTA_PAYLOAD_OFFSET, at);
	attr_put32(b->nl.h, NFTA_PAYLOAD_LEN, len);
	expr_end(b, e);
}

void nft_load_exthdr(struct nft *b, uint8_t header, uint32_t at, uint32_t len)
{
	struct expr e = expr_begin(b, "exthdr");
	attr_put32(b->nl.h, NFTA_EXTHDR_DREG, NFT_REG_1);
	mnl_attr_put_u8(b->nl.h, NFTA_EXTHDR_TYPE, header);
	attr_put32(b->nl.h, NFTA_EXTHDR_OFFSET, at);
	attr_put32(b->nl.h, NFTA_EXTHDR_LEN, len);
	expr_end(b, e);
}

void nft_load_meta(struct nft *b, uint32_t key)
{
	struct expr e = expr_begin(b, "meta");
	attr_put32(b->nl.h, NFTA_META_DREG, NFT_REG_1);
	attr_put32(b->nl.h, NFTA_META_KEY, key);
	expr_end(b, e);
}

void nft_mask(struct nft *b, const void *mask, size_t len)
{
	static const char none[16];
	struct expr e = expr_begin(b, "bitwise");
	attr_put32(b->nl.h, NFTA_BITWISE_SREG, NFT_REG_1);
	attr_put32(b->nl.h, NFTA_BITWISE_DREG, NFT_REG_1);
	attr_put32(b->nl.h, NFTA_BITWISE_LEN, (uint32_t)len);
	data_put(b->nl.h, NFTA_BITWISE_MASK, mask, len);
	data_put(b->nl.h, NFTA_BITWISE_XOR, none, len);
	expr_end(b, e);
}

void nft_swap(struct nft *b, uint32_t len)
{
	struct expr e = expr_begin(b, "byteorder");
	attr_put32(b->nl.h, NFTA_BYTEORDER_SREG, NFT_REG_1);
	attr_put32(b->nl.h, NFTA_BYTEORDER_DREG, NFT_REG_1);
	attr_put32(b->nl.h, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	attr_put32(b->nl.h, NFTA_BYTEORDER_LEN, len);
	attr_put32(b->nl.h, NFTA_BYTEORDER_SIZE, len);
	expr_end(b, e);
}

void nft_cmp(struct nft *b, uint32_t op, const void *bytes, size_t len)
{
	struct expr e = expr_begin(b, "cmp");
	attr_put32(b->nl.h, NFTA_CMP_SREG, NFT_REG_1);
	attr_put32(b->nl.h, NFTA_CMP_OP, op);
	data_put(b->nl.h, NFTA_CMP_DATA, bytes, len);
	expr_end(b, e);
}

void nft_in_set(struct nft *b, const char *set)
{
	struct expr e = expr_begin(b, "lookup");
	mnl_attr_put_strz(b->nl.h, NFTA_LOOKUP_SET, set);
	attr_put32(b->nl.h, NFTA_LOOKUP_SREG, NFT_REG_1);
	expr_end(b, e);
}
