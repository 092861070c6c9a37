#include "base/ring.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

#define RING_MAGIC UINT64_C(0x31676e6952726157) /* "WarRing1" */

int ring_make(struct ring *r, int fd, uint64_t room, int64_t now)
{
	struct ring_head h = {RING_MAGIC, room, 0, 0, now};
	r->fd = fd;
	r->room = room;
	if (pwrite(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
		return err_sys("make a log");
	return 0;
}

int ring_open(struct ring *r, int fd)
{
	struct ring_head h;
	r->fd = fd;
	if (pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) || h.magic != RING_MAGIC ||
	    h.room == 0 || h.room > RING_ROOM_MAX)
		return err_set(EBADMSG, "not a log of warren's");
	r->room = h.room;
	return 0;
}

void ring_close(struct ring *r)
{
	fd_close(&r->fd);
}

static int bytes_put(struct ring *r, uint64_t pos, const char *p, size_t n)
{
	while (n > 0) {
		uint64_t at = pos % r->room;
		size_t k = n < r->room - at ? n : (size_t)(r->room - at);
		ssize_t w = pwrite(r->fd, p, k, (off_t)(sizeof(struct ring_head) + at));
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		pos += (uint64_t)w;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int put_count(const struct ring *r, size_t field, uint64_t n)
{
	return pwrite(r->fd, &n, sizeof(n), (off_t)field) == (ssize_t)sizeof(n) ? 0 : -1;
}

int ring_write(struct ring *r, const void *bytes, size_t n)
{
	uint64_t total = ring_total(r);
	if (put_count(r, offsetof(struct ring_head, ahead), total + n) < 0 ||
	    bytes_put(r, total, bytes, n) < 0 ||
	    put_count(r, offsetof(struct ring_head, total), total + n) < 0)
		return err_sys("write the log");
	return 0;
}

static void head_write(const struct ring *r, struct ring_head *h)
{
	if (pread(r->fd, h, sizeof(*h), 0) != (ssize_t)sizeof(*h))
		memset(h, 0, sizeof(*h));
}

uint64_t ring_total(const struct ring *r)
{
	struct ring_head h;
	head_write(r, &h);
	return h.total;
}

int64_t ring_since(const struct ring *r)
{
	struct ring_head h;
	head_write(r, &h);
	return h.since;
}

static uint64_t oldest_of(const struct ring *r, const struct ring_head *h)
{
	uint64_t end = h->ahead > h->total ? h->ahead : h->total;
	uint64_t oldest = end > r->room ? end - r->room : 0;
	return oldest < h->total ? oldest : h->total;
}

uint64_t ring_oldest(const struct ring *r)
{
	struct ring_head h;
	head_write(r, &h);
	return oldest_of(r, &h);
}

static size_t bytes_get(const struct ring *r, uint64_t pos, char *to, size_t n)
{
	size_t done = 0;
	while (done < n) {
		uint64_t at = (pos + done) % r->room;
		size_t k = n - done < r->room - at ? n - done : (size_t)(r->room - at);
		ssize_t got = pread(r->fd, to + done, k, (off_t)(sizeof(struct ring_head) + at));
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

size_t ring_read(const struct ring *r, uint64_t *pos, void *to, size_t n, uint64_t *lost)
{
	struct ring_head h;
	head_write(r, &h);
	uint64_t start = *pos, oldest = oldest_of(r, &h);
	if (start > h.total) /* a position in an earlier ring, whose file was made anew */
		start = h.total;
	if (start < oldest)
		start = oldest;
	size_t k = n < h.total - start ? n : (size_t)(h.total - start);
	k = bytes_get(r, start, to, k);
	uint64_t still = ring_oldest(r); /* overwritten while we copied? */
	if (still > start) {
		size_t gone = still - start < k ? (size_t)(still - start) : k;
		memmove(to, (char *)to + gone, k - gone);
		k -= gone;
		start = still;
	}
	*lost += start > *pos ? start - *pos : 0;
	*pos = start + k;
	return k;
}
