#include "monitor/exec/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/fd.h"
#include "base/mem.h"
#include "protocol/monitor.h"

enum { CHUNK = 32 << 10, DRAIN_ROUNDS = 64 };

/* Removed from epoll, not only set to wait for nothing: epoll would report a hangup for ever. */
static void epoll_set(struct stream *s, bool on)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = s->as};
	if (s->fd < 0 || s->watched == on)
		return;
	if (epoll_ctl(s->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->fd, &e) == 0)
		s->watched = on;
}

static void fd_shut(struct stream *s)
{
	epoll_set(s, false);
	fd_close(&s->fd);
	s->watched = false;
	s->done = true;
}

static size_t room_left(const struct stream *s, bool ended)
{
	uint64_t held = s->total - s->taken;
	uint64_t most = ended ? s->ring.room : s->ring.room - JOB_TAIL;
	return held < most ? (size_t)(most - held) : 0;
}

/* Bytes that the disk has no room for are kept, and nothing more is read until they are stored. */
static bool store(struct stream *s, const char *bytes, size_t n)
{
	if (ring_write(&s->ring, bytes, n) == 0) {
		s->total += n;
		return true;
	}
	if (s->kept == NULL) {
		s->kept = xcalloc(1, n);
		memcpy(s->kept, bytes, n);
		s->nkept = n;
	}
	epoll_set(s, false);
	return false;
}

static bool store_kept(struct stream *s)
{
	if (s->kept == NULL || !store(s, s->kept, s->nkept))
		return false;
	free(s->kept);
	s->kept = NULL;
	return true;
}

void stream_begin(struct stream *s, int fd, int epoll, struct watch *as)
{
	s->fd = fd;
	s->epoll = epoll;
	s->as = as;
	if (fd_nonblock(fd) < 0)
		fd_shut(s);
	epoll_set(s, true);
}

/* A terminal whose users have all gone may find new ones as long as the job runs. */
static void at_end(struct stream *s, ssize_t k, bool ended)
{
	if (k == 0 || (errno != EIO && errno != EAGAIN) || (errno == EIO && ended))
		fd_shut(s);
	else if (errno == EIO)
		epoll_set(s, false);
	else if (ended)
		s->done = true;
}

bool stream_pull(struct stream *s, bool ended)
{
	static char chunk[CHUNK];
	bool news = store_kept(s), was = s->done;
	if (s->fd < 0 || s->kept != NULL)
		return news;
	size_t n = room_left(s, ended);
	if (n == 0) {
		epoll_set(s, false);
		return news;
	}
	epoll_set(s, true);
	ssize_t k;
	while ((k = read(s->fd, chunk, n < CHUNK ? n : CHUNK)) < 0 && errno == EINTR)
		;
	if (k > 0)
		return store(s, chunk, (size_t)k) || news;
	at_end(s, k, ended);
	return news || s->done != was;
}

bool stream_drain(struct stream *s)
{
	bool news = false;
	if (s->fd < 0)
		s->done = true;
	for (int i = 0; i < DRAIN_ROUNDS && !s->done && s->kept == NULL && room_left(s, true) > 0;
	     i++)
		news = stream_pull(s, true) || news;
	return news;
}

bool stream_read_to(struct stream *s, uint64_t at, bool ended)
{
	if (at > s->total || at <= s->taken)
		return false;
	s->taken = at;
	return s->watched ? false : stream_pull(s, ended);
}

void stream_close(struct stream *s)
{
	fd_shut(s);
	ring_close(&s->ring);
	free(s->kept);
	s->kept = NULL;
}
