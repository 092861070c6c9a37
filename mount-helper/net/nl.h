/* Netlink: one request and its answer (libmnl does the bytes). */
#ifndef WARREN_MOUNT_HELPER_NET_NL_H
#define WARREN_MOUNT_HELPER_NET_NL_H

#include <libmnl/libmnl.h>

enum { NL_BYTES = 32 << 10 };

struct nl {
	struct mnl_socket *sock; /* NULL: not open */
	uint32_t seq;
	struct nlmsghdr *h; /* the request that is being made, in buf */
	char buf[NL_BYTES];
};

/* Of the network namespace netns, or our own (-1). protocol: NETLINK_ROUTE, NETLINK_NETFILTER. */
int nl_open(struct nl *nl, int protocol, int netns);
void nl_close(struct nl *nl); /* one that is not open, too */
#define cleanup_nl __attribute__((cleanup(nl_close)))

/* Begin a request whose head (of size bytes) the kernel's header names. */
void nl_begin(struct nl *nl, int type, int flags, const void *head, size_t size);

/* Send it and await what the kernel says. -1 with its errno; the sentence begins with `what`. */
int nl_do(struct nl *nl, const char *what);

/* Send a question; fn is called for each answer. */
int nl_ask(struct nl *nl, const char *what, mnl_cb_t fn, void *arg);

#endif
