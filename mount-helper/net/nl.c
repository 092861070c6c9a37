#include "mount-helper/net/nl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/err.h"
#include "base/fd.h"

enum { ANSWER_SECONDS = 10 };

/* A socket belongs to the namespace that it was made in. */
static int open_in(struct nl *nl, int protocol, int netns)
{
	cleanup_fd int ours = netns >= 0 ? open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) : -1;
	if (netns >= 0 && (ours < 0 || setns(netns, CLONE_NEWNET) < 0))
		return err_sys("enter the zone's network");
	nl->sock = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	int result = nl->sock == NULL ? err_sys("netlink") : 0;
	if (netns >= 0 && setns(ours, CLONE_NEWNET) < 0)
		_exit(1); /* nothing that follows may happen in the zone's network */
	return result;
}

int nl_open(struct nl *nl, int protocol, int netns)
{
	const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	nl->sock = NULL;
	nl->seq = 0;
	if (open_in(nl, protocol, netns) < 0)
		return -1;
	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) < 0) {
		err_sys("netlink");
		nl_close(nl);
		return -1;
	}
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->sock != NULL)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

void nl_begin(struct nl *nl, int type, int flags, const void *head, size_t size)
{
	nl->h = mnl_nlmsg_put_header(nl->buf);
	nl->h->nlmsg_type = (uint16_t)type;
	nl->h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nl->h->nlmsg_seq = ++nl->seq;
	memcpy(mnl_nlmsg_put_extra_header(nl->h, size), head, size);
}

static int message_send(struct nl *nl, mnl_cb_t fn, void *arg)
{
	char answer[32 << 10]; /* the kernel's: NLMSG_GOODSIZE at most, or a full dump */
	if (mnl_socket_sendto(nl->sock, nl->h, nl->h->nlmsg_len) < 0)
		return -1;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(nl->sock, answer, sizeof(answer));
		if (n < 0 && errno == EINTR)
			continue;
		int r = n < 0 ? -1
			      : mnl_cb_run(answer, (size_t)n, nl->seq,
				    mnl_socket_get_portid(nl->sock), fn, arg);
		if (r <= MNL_CB_STOP)
			return r;
		if ((((struct nlmsghdr *)(void *)answer)->nlmsg_flags & NLM_F_MULTI) == 0 &&
		    fn != NULL)
			return 0; /* the one answer to a question */
	}
}

int nl_do(struct nl *nl, const char *what)
{
	nl->h->nlmsg_flags |= NLM_F_ACK;
	return message_send(nl, NULL, NULL) < 0 ? err_sys("%s", what) : 0;
}

int nl_ask(struct nl *nl, const char *what, mnl_cb_t fn, void *arg)
{
	return message_send(nl, fn, arg) < 0 ? err_sys("%s", what) : 0;
}
