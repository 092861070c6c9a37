/* The console: what it prints is in the log's ring; its monitor writes that, everybody reads it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "fs/error.h"
#include "fs/stream.h"
#include "zone/console.h"
#include "zone/link.h"
#include "zone/logs.h"
#include "zone/parts.h"

/* LOG_KEPT bytes are kept at least. When the ring is full that many go at once: if the head went
 * byte by byte a reader at the end would have no position (fs/node.h, ROW_GROWS). */
enum { LOG_KEPT = 1 << 20, LOG_ROOM = 2 * LOG_KEPT };

/* Two rings alternate, ID.0 and ID.1: the newer is this boot's, the older the boot's before. */
static const char *ring_name(const struct zone *z, int which, char name[40])
{
	snprintf(name, 40, "%s.%d", z->l.group, which);
	return name;
}

uint64_t console_id(const char *name)
{
	char *end;
	uint64_t id = strtoull(name, &end, 10);
	return strcmp(end, ".0") == 0 || strcmp(end, ".1") == 0 ? id : 0;
}

static int open_ring(const struct zone *z, int which, struct ring *r)
{
	char name[40];
	r->fd = logs_find(ring_name(z, which, name));
	return r->fd < 0 ? err_sys("open a log") : 0;
}

static int64_t ring_made(const struct zone *z, int which)
{
	struct ring r;
	if (open_ring(z, which, &r) < 0)
		return 0;
	int64_t since = ring_open(&r, r.fd) == 0 ? ring_since(&r) : 0;
	ring_close(&r);
	return since < INT64_MAX / 2 ? since : 0;
}

static int newer_ring(const struct zone *z)
{
	return ring_made(z, 1) > ring_made(z, 0) ? 1 : 0;
}

/* Begin a new log; the old one stays as that of the boot before. */
static int new_log(struct zone *z)
{
	int before = newer_ring(z);
	int64_t now = now_ns() / 1000, last = ring_made(z, before);
	char name[40];
	ring_close(&z->console);
	int fd = logs_make(ring_name(z, !before, name), LOG_ROOM);
	if (fd < 0)
		return -1;
	/* the newer one even if the clock was set back; a monitor can write anything there */
	return ring_make(
	    &z->console, fd, LOG_ROOM, last >= now && last < INT64_MAX / 2 ? last + 1 : now);
}

static void found(struct zone *z)
{
	if (!zone_runs(z))
		return;
	if (open_ring(z, newer_ring(z), &z->console) == 0 &&
	    ring_open(&z->console, z->console.fd) < 0)
		ring_close(&z->console);
}

static void remove_logs(struct zone *z)
{
	char name[40];
	for (int which = 0; which < 2; which++)
		logs_remove(ring_name(z, which, name));
}

/* Behind all that a console can have printed. From here on places count from the next boot. */
#define NEXT_BOOT ((UINT64_C(1) << 40) - 1)

uint64_t console_begin(struct obj *o)
{
	struct zone *z = zone_of(o);
	return z->console.fd >= 0 && zone_runs(z) ? ring_total(&z->console) : NEXT_BOOT;
}

enum stream console_read(struct obj *o, struct reader *r, struct buf *b, size_t max)
{
	struct zone *z = zone_of(o);
	uint64_t lost = 0;
	if (z->console.fd < 0)
		return STREAM_ENDED;
	r->pos += r->skip;
	r->skip = 0;
	if (r->pos >= NEXT_BOOT) { /* it was opened before this boot */
		if (!zone_runs(z))
			return STREAM_ENDED;
		r->pos -= NEXT_BOOT;
	} else if (r->pos > ring_total(&z->console)) { /* as the last run ended */
		r->pos = 0;
	}
	uint64_t from = r->pos;
	char *bytes = xcalloc(1, max);
	size_t n = ring_read(&z->console, &r->pos, bytes, max, &lost);
	if (lost == 0) {
		buf_add(b, bytes, n);
	} else { /* what is left comes with the next read */
		r->pos = from + lost;
		buf_printf(b, "\n[lost %" PRIu64 " bytes: see log]\n", lost);
		if (b->len > max)
			buf_cut(b, max);
	}
	free(bytes);
	/* the end of file comes after all that was printed */
	return b->len > 0 ? STREAM_GAVE : zone_runs(z) ? STREAM_WAITS : STREAM_ENDED;
}

/* Where the text of a log begins. */
static uint64_t head_line(const struct ring *r)
{
	uint64_t oldest = ring_oldest(r), step = r->room > LOG_KEPT ? r->room - LOG_KEPT : 1;
	return (oldest + step - 1) / step * step;
}

static void show_ring(struct ring *r, struct buf *b)
{
	enum { CHUNK = 64 << 10 };
	char *bytes = xcalloc(1, CHUNK);
	uint64_t pos = head_line(r), end = ring_total(r), lost = 0;
	while (pos < end) {
		size_t n = ring_read(r, &pos, bytes, CHUNK, &lost);
		if (n == 0)
			break;
		buf_add(b, bytes, n);
	}
	free(bytes);
}

static void show_one(const struct zone *z, int which, struct buf *b)
{
	struct ring r;
	if (open_ring(z, which, &r) < 0)
		return;
	if (ring_open(&r, r.fd) == 0) {
		time_t since = (time_t)(ring_since(&r) / 1000000);
		char when[32];
		struct tm tm;
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&since, &tm));
		if (b->len > 0)
			buf_printf(b, "\n---- booted %s ----\n", when);
		show_ring(&r, b);
	}
	ring_close(&r);
}

/* The boot before, then this one, with a line between them. */
int show_log(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	const struct zone *z = zone_of(o);
	int now = newer_ring(z);
	show_one(z, !now, b);
	show_one(z, now, b);
	return 0;
}

/* ---- typing ---- */

struct typing {
	struct zone *zone;
	struct req *req; /* NULL: interrupted */
	size_t size, left;
	struct err bad;
};

/* The monitor has written all of it to the console: answer the write. */
static void on_typed(void *arg, const struct err *e)
{
	struct typing *t = arg;
	if (e->code != 0 && t->bad.code == 0)
		t->bad = *e;
	if (--t->left > 0)
		return;
	if (t->req != NULL && t->bad.code != 0) {
		err_restore(&t->bad);
		error_refuse(t->req, &t->zone->l.obj, "console");
	} else if (t->req != NULL) {
		req_wrote(t->req, t->size);
	}
	free(t);
}

int console_may_write(struct obj *o)
{
	const struct zone *z = zone_of(o);
	if (z->link == NULL || !zone_runs(z))
		return err_set(ESRCH, "it does not run: boot it first");
	return 0;
}

int console_write(struct obj *o, struct req *r, const char *bytes, size_t n)
{
	struct zone *z = zone_of(o);
	if (console_may_write(o) < 0)
		return -1;
	struct typing *t = xcalloc(1, sizeof(*t));
	t->zone = z;
	t->size = n;
	t->left = (n + MON_BYTES - 1) / MON_BYTES;
	uint64_t at = 0;
	req_hold(r, &t->req);
	for (size_t chunks = t->left; chunks > 0; chunks--) {
		struct mon_request q = {.op = MON_TYPE,
		    .len = n < MON_BYTES ? (uint32_t)n : MON_BYTES,
		    .value = r->again,
		    .tag = r->unique,
		    .at = at};
		memcpy(q.bytes, bytes, q.len);
		at += q.len;
		bytes += q.len;
		n -= q.len;
		link_ask(z, &q, on_typed, t);
	}
	return 0;
}

/* ---- as a part of its zone ---- */

static void init(struct zone *z)
{
	z->console.fd = -1;
}

static int begin(struct zone *z, struct zone_request *r)
{
	if (new_log(z) < 0)
		return -1;
	r->log = z->console.fd;
	return 0;
}

static void destroy(struct zone *z)
{
	ring_close(&z->console);
}

const struct zone_part console_part = {
    .init = init, .begin = begin, .found = found, .removed = remove_logs, .destroy = destroy};
