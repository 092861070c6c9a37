#include "base/asks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"

struct asked {
	struct list link; /* asks::asked */
	uint32_t seq;
	asks_end *end;
	asks_done *done; /* NULL: nobody waits */
	void *arg;
	void *packet; /* owned until it is sent; NULL then */
	size_t size;
	int fds[WIRE_FDS], nfds; /* owned until then */
	struct err why; /* code 0: it was not refused */
};

static void packet_drop(struct asked *q)
{
	free(q->packet);
	q->packet = NULL;
	while (q->nfds > 0)
		fd_close(&q->fds[--q->nfds]);
}

static void asked_free(struct asked *q)
{
	list_del(&q->link);
	packet_drop(q);
	free(q);
}

/* Removed from the list first: `done` may ask again, or close the queue. */
static void asked_end(struct asked *q, const void *answer, int fd)
{
	struct asked told = *q;
	asked_free(q);
	if (told.done != NULL)
		told.end(told.done, told.arg, answer, fd, &told.why);
	else
		fd_close(&fd);
}

static struct asked *refused_first(struct asks *a)
{
	list_each(q, &a->asked, struct asked, link) {
		if (q->why.code != 0)
			return q;
	}
	return NULL;
}

/* One at a time: the `done` that is called may close the queue. */
static void failing_end(void *arg)
{
	struct asks *a = arg;
	struct asked *q = refused_first(a);
	loop_close(&a->failing);
	if (q == NULL)
		return;
	a->failing = loop_after(0, failing_end, a);
	asked_end(q, NULL, -1);
}

/* Drop a packet that the kernel refuses, for example because its descriptors could not be copied.
 * The other packets go on. */
static void packet_refuse(struct asks *a, struct asked *q)
{
	err_copy(&q->why);
	packet_drop(q);
	if (a->failing == NULL)
		a->failing = loop_after(0, failing_end, a);
}

static bool is_gone(int code)
{
	return code == EPIPE || code == ECONNRESET || code == ENOTCONN;
}

/* 1: it has been sent, or refused; 0: there is no room; -1: the other end is gone, the next read
 * tells */
static int send_one(struct asks *a, struct asked *q)
{
	if (wire_send(a->sock, q->packet, q->size, q->fds, q->nfds) == 0) {
		packet_drop(q);
		if (q->done == NULL)
			asked_free(q);
		return 1;
	}
	if (err_code() == EAGAIN)
		return 0;
	if (is_gone(err_code()))
		return -1;
	packet_refuse(a, q);
	return 1;
}

bool asks_push(struct asks *a)
{
	int room = 1;
	list_each(q, &a->asked, struct asked, link) {
		if (room > 0 && q->packet != NULL)
			room = send_one(a, q);
	}
	if (a->source != NULL)
		loop_watch(a->source, room == 0 ? LOOP_READ | LOOP_WRITE : LOOP_READ);
	return room == 0;
}

int asks_open(struct asks *a, int sock, void (*ready)(void *), void *arg)
{
	*a = (struct asks){.sock = sock};
	list_init(&a->asked);
	if (fd_nonblock(sock) < 0)
		return err_sys("open a connection");
	a->source = loop_fd(sock, LOOP_READ, ready, arg);
	return 0;
}

void asks_close(struct asks *a, const struct err *why)
{
	loop_close(&a->source);
	loop_close(&a->failing);
	fd_close(&a->sock);
	while (a->asked.next != NULL && !list_empty(&a->asked)) {
		struct asked *q = container_of(a->asked.next, struct asked, link);
		if (why != NULL)
			q->why = *why;
		else
			q->done = NULL;
		asked_end(q, NULL, -1);
	}
}

uint32_t asks_next(struct asks *a)
{
	return ++a->last;
}

void asks_add(struct asks *a, void *packet, size_t size, const int *fds, int nfds, asks_end *end,
    asks_done *done, void *arg)
{
	struct asked *q = xcalloc(1, sizeof(*q));
	*q = (struct asked){
	    .seq = a->last, .end = end, .done = done, .arg = arg, .packet = packet, .size = size};
	for (; q->nfds < nfds; q->nfds++)
		q->fds[q->nfds] = fcntl(fds[q->nfds], F_DUPFD_CLOEXEC, 3);
	list_add_tail(&a->asked, &q->link);
	asks_push(a);
}

void asks_answer(struct asks *a, uint32_t seq, const void *answer, int fd)
{
	list_each(q, &a->asked, struct asked, link) {
		if (q->seq != seq)
			continue;
		asked_end(q, answer, fd);
		return;
	}
	fd_close(&fd);
}

void asks_forget(struct asks *a, void *arg)
{
	list_each(q, &a->asked, struct asked, link) {
		if (q->arg != arg)
			continue;
		q->done = NULL;
		if (q->packet == NULL)
			asked_free(q);
	}
}
