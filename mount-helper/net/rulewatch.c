#include "mount-helper/net/rulewatch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/fd.h"
#include "protocol/nic.h"

enum { GONE = 64, BYTES = 32 << 10 };

struct changes {
	char gone[GONE][NIC_NAME];
	int n;
	bool many; /* more than fit, here or in the socket */
};

int rulewatch_open(void)
{
	const struct sockaddr_nl groups = {
	    .nl_family = AF_NETLINK, .nl_groups = 1U << (NFNLGRP_NFTABLES - 1)};
	cleanup_fd int fd =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&groups, sizeof(groups)) < 0)
		return err_sys("watch nftables");
	return fd_move(&fd);
}

/* Which of them it is; -1: none */
static int name_find(const struct changes *c, const char *name)
{
	for (int i = 0; i < c->n; i++)
		if (strcmp(c->gone[i], name) == 0)
			return i;
	return -1;
}

static void rules_went(struct changes *c, const char *name)
{
	if (name_find(c, name) >= 0)
		return;
	if (c->n == GONE)
		c->many = true;
	else
		snprintf(c->gone[c->n++], NIC_NAME, "%s", name);
}

static void rules_came(struct changes *c, const char *name)
{
	int i = name_find(c, name);
	if (i >= 0)
		memmove(c->gone[i], c->gone[--c->n], NIC_NAME);
}

static int is_name(const struct nlattr *a, void *arg)
{
	const char **name = arg;
	if (mnl_attr_get_type(a) == NFTA_TABLE_NAME &&
	    mnl_attr_validate(a, MNL_TYPE_NUL_STRING) == 0 &&
	    mnl_attr_get_payload_len(a) <= NIC_NAME)
		*name = mnl_attr_get_str(a);
	return MNL_CB_OK;
}

/* Does a message of this type say that a table lost something we need (-1), or got it (1)? A table
 * of the family netdev without its rules drops everything; USER_TABLE needs its rules. */
static int change_sense(uint8_t family, int what)
{
	if (what == NFT_MSG_DELTABLE || what == NFT_MSG_DELCHAIN)
		return -1;
	if (family == NFPROTO_NETDEV)
		return what == NFT_MSG_NEWCHAIN;
	return what == NFT_MSG_NEWRULE ? 1 : what == NFT_MSG_DELRULE ? -1 : 0;
}

/* Our tables are named after their interfaces, but for that of `user`. */
static bool may_be_ours(uint8_t family, const char *name)
{
	return family == NFPROTO_NETDEV ||
	       (family == NFPROTO_INET && strcmp(name, USER_TABLE) == 0);
}

static void change_parse(struct changes *c, const struct nlmsghdr *h)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	const char *name = NULL;
	_Static_assert((int)NFTA_TABLE_NAME == (int)NFTA_CHAIN_TABLE &&
			   (int)NFTA_TABLE_NAME == (int)NFTA_RULE_TABLE,
	    "the table's name");
	if (h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return;
	int what = change_sense(g->nfgen_family, h->nlmsg_type & 0xff);
	if (what == 0)
		return;
	mnl_attr_parse(h, sizeof(*g), is_name, &name);
	if (name == NULL || !may_be_ours(g->nfgen_family, name))
		return;
	if (what > 0)
		rules_came(c, name);
	else
		rules_went(c, name);
}

/* false: that is all there is */
static bool read_some(int watch, struct changes *c)
{
	static char bytes[BYTES];
	ssize_t n = recv(watch, bytes, sizeof(bytes), 0);
	if (n < 0 && errno == ENOBUFS)
		c->many = true;
	if (n < 0)
		return errno == ENOBUFS || errno == EINTR;
	int left = (int)n;
	for (struct nlmsghdr *h = (void *)bytes; mnl_nlmsg_ok(h, left);
	     h = mnl_nlmsg_next(h, &left))
		change_parse(c, h);
	return n > 0;
}

void rulewatch_read(int watch, void (*lost)(const char *name, void *arg), void *arg)
{
	struct changes c = {.n = 0};
	while (read_some(watch, &c))
		;
	if (c.many)
		lost("", arg);
	for (int i = 0; i < c.n && !c.many; i++)
		lost(c.gone[i], arg);
}
