#include "zone/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"

struct asked {
	struct list link;
	uint32_t seq;
	helper_done *done; /* NULL: forgotten */
	void *arg;
	void *packet; /* owned until it is sent; NULL then */
	size_t size;
	int fds[WIRE_FDS], nfds; /* our own copies until then */
};

static int sock = -1;
static struct source *source;
static struct list asked = {&asked, &asked};
static uint32_t next_seq;
static void (*lost)(char *);

static void sent(struct asked *a)
{
	free(a->packet);
	a->packet = NULL;
	while (a->nfds > 0)
		fd_close(&a->fds[--a->nfds]);
}

static void push(void)
{
	bool full = false;
	list_each(a, &asked, struct asked, link)
	{
		if (a->packet == NULL || full)
			continue;
		full = wire_send(sock, a->packet, a->size, a->fds, a->nfds) < 0;
		if (!full)
			sent(a);
	}
	loop_watch(source, full ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static void answer(const struct helper_reply *reply, int fd)
{
	list_each(a, &asked, struct asked, link)
	{
		if (a->seq != reply->seq)
			continue;
		list_del(&a->link);
		if (a->done != NULL)
			a->done(a->arg, reply, fd);
		else
			fd_close(&fd);
		free(a);
		return;
	}
	fd_close(&fd);
}

static void ready(void *arg)
{
	struct helper_reply reply = {0};
	ssize_t n;
	int fds[1], nfds = 0;
	(void)arg;
	while ((n = wire_recv(sock, &reply, sizeof(reply), fds, 1, &nfds)) ==
		(ssize_t)sizeof(reply)) {
		if (reply.seq == 0)
			lost(reply.err.text);
		answer(&reply, nfds > 0 ? fds[0] : -1);
	}
	if (n == 0 || (n < 0 && err_code() != EAGAIN)) {
		log_error("the helper is gone");
		loop_stop(1);
		return;
	}
	push();
}

int helper_start(int fd, void (*lost_rules)(char *name))
{
	sock = fd;
	lost = lost_rules;
	if (fd_nonblock(fd) < 0)
		return err_sys("the helper's socket");
	source = loop_fd(fd, LOOP_READ, ready, NULL);
	return 0;
}

void helper_stop(void)
{
	loop_close(&source);
	fd_close(&sock);
	list_each(a, &asked, struct asked, link)
	{
		list_del(&a->link);
		sent(a);
		free(a);
	}
}

void helper_ask(enum helper_op op, void *request, size_t size, const int *fds, int nfds,
	helper_done *done, void *arg)
{
	struct asked *a = xcalloc(1, sizeof(*a));
	struct helper_head head = {(uint32_t)op, ++next_seq};
	memcpy(request, &head, sizeof(head));
	a->seq = head.seq;
	a->done = done;
	a->arg = arg;
	a->packet = xcalloc(1, size);
	a->size = size;
	memcpy(a->packet, request, size);
	for (int i = 0; i < nfds; i++)
		a->fds[a->nfds++] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
	list_add_tail(&asked, &a->link);
	push();
}

void helper_forget(void *arg)
{
	list_each(a, &asked, struct asked, link) if (a->arg == arg) a->done = NULL;
}
