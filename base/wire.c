#include "base/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"
#include "base/fd.h"

union control {
	char room[CMSG_SPACE(sizeof(int) * WIRE_FDS)];
	struct cmsghdr align;
};

int wire_send(int sock, const void *msg, size_t size, const int *fds, int nfds)
{
	union control c;
	struct iovec iov = {(void *)(size_t)msg, size};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	if (nfds > 0) {
		memset(&c, 0, sizeof(c));
		m.msg_control = c.room;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds);
		memcpy(CMSG_DATA(h), fds, sizeof(int) * (size_t)nfds);
	}
	ssize_t n;
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys("send") : 0;
}

static int collect_fds(struct msghdr *m, int *all)
{
	int n = 0;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h != NULL; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		size_t k = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(all + n, CMSG_DATA(h), k * sizeof(int));
		n += (int)k;
	}
	return n;
}

static ssize_t packet_receive(int sock, struct msghdr *m, union control *c, int flags)
{
	ssize_t n;
	m->msg_control = c->room;
	m->msg_controllen = sizeof(c->room);
	do
		n = recvmsg(sock, m, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && errno == EINTR);
	return n;
}

ssize_t wire_recv(int sock, void *msg, size_t size, int *fds, int max, int *nfds)
{
	union control c;
	/* cppcheck-suppress ctuuninitvar ; it is filled here */
	struct iovec iov = {msg, size};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	if (nfds != NULL)
		*nfds = 0;
	ssize_t n = packet_receive(sock, &m, &c, 0);
	/* The kernel looks for a packet first, and then whether the other end is closed
	 * (unix_dgram_recvmsg()). If a packet is sent and the end closed between the two, it
	 * reports the end before the packet. After the end nothing is sent, so a second look finds
	 * what there is. */
	if (n == 0 && m.msg_controllen == 0 &&
	    (n = packet_receive(sock, &m, &c, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
		return err_set(EBADMSG, "a packet of no size");
	if (n < 0)
		return err_sys("receive");
	int all[WIRE_FDS], got = collect_fds(&m, all);
	int bad = got > max || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
	for (int i = 0; i < got; i++) {
		if (bad || fds == NULL)
			fd_close(&all[i]);
		else
			fds[i] = all[i];
	}
	if (nfds != NULL && !bad && fds != NULL)
		*nfds = got;
	if (n == (ssize_t)size && (m.msg_flags & MSG_CTRUNC) != 0 && got < WIRE_FDS)
		return err_set(EMFILE, "no descriptors are left for those that came");
	return bad ? err_set(EBADMSG, "a packet of the wrong form") : n;
}

/* A unix socket's path has at most 108 bytes: go by the descriptor of its directory. */
static void name_of(struct sockaddr_un *a, int dir, const char *name)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d/%s", dir, name);
}

int wire_listen(int dir, const char *name, int type)
{
	struct sockaddr_un a;
	name_of(&a, dir, name);
	cleanup_fd int s = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return err_sys("socket");
	unlink(a.sun_path);
	if (bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s, 8) < 0)
		return err_sys("listen at %s", name);
	return fd_move(&s);
}

int wire_connect(int dir, const char *name)
{
	struct sockaddr_un a;
	name_of(&a, dir, name);
	cleanup_fd int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return err_sys("socket");
	if (connect(s, (struct sockaddr *)&a, sizeof(a)) < 0)
		return err_sys("connect to %s", name);
	return fd_move(&s);
}
