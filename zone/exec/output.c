/* What a job printed: its rings as streams. They are opened for each read, so that a job holds no
 * descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "fs/stream.h"
#include "zone/logs.h"
#include "zone/exec/job.h"
#include "zone/exec/output.h"
#include "zone/link.h"

/* JOB_TOLD: how far a reader gets before the monitor is told; one of an older version holds a job
 * at 1 MiB. */
enum { LOST_LINE = 64, JOB_TOLD = 128 << 10 };

static const char *ring_name(const struct job *j, int which, char name[40])
{
	snprintf(name, 40, "%" PRIu64 ".%s", j->obj.id, which == 0 ? "out" : "err");
	return name;
}

int job_ring_make(const struct job *j, int which)
{
	char name[40];
	struct ring r;
	int fd = logs_make(ring_name(j, which, name), JOB_STREAMS * JOB_ROOM);
	if (fd < 0)
		return -1;
	if (ring_make(&r, fd, JOB_ROOM, now_ns() / 1000) < 0)
		ring_close(&r);
	return r.fd;
}

void job_rings_remove(const struct job *j)
{
	char name[40];
	for (int which = 0; which < JOB_STREAMS; which++)
		logs_remove(ring_name(j, which, name));
}

bool job_ring_is_orphan(const char *name)
{
	char *end;
	uint64_t id = strtoull(name, &end, 10);
	return (strcmp(end, ".out") == 0 || strcmp(end, ".err") == 0) && obj_by_id(id) == NULL;
}

/* False: there is none (yet). */
static bool ring_of(const struct job *j, int which, struct ring *r)
{
	char name[40];
	if (j->state == JOB_NEW)
		return false;
	int fd = logs_find(ring_name(j, which, name));
	if (fd < 0)
		return false;
	bool good = ring_open(r, fd) == 0;
	if (!good)
		ring_close(r);
	return good;
}

static size_t lost_line(uint64_t lost, char line[LOST_LINE])
{
	line[0] = '\0';
	return lost == 0 ? 0
			 : (size_t)snprintf(line, LOST_LINE, "[lost %" PRIu64 " bytes]\n", lost);
}

static uint64_t begin(struct obj *o, int which)
{
	struct ring r;
	if (!ring_of(job_of(o), which, &r))
		return 0;
	uint64_t oldest = ring_oldest(&r);
	ring_close(&r);
	return oldest;
}

static uint64_t ring_size(struct obj *o, int which)
{
	struct ring r;
	char line[LOST_LINE];
	if (!ring_of(job_of(o), which, &r))
		return 0;
	uint64_t oldest = ring_oldest(&r), n = ring_total(&r) - oldest;
	ring_close(&r);
	return n + lost_line(oldest, line);
}

/* A reader asks for the bytes at r->pos, so it has read all before. The monitor is not told of
 * every read, but before it would stop reading from the job. */
static void was_read(struct job *j, int which, uint64_t pos)
{
	struct zone *z = job_zone(j);
	if (j->state == JOB_NEW || z->link == NULL || pos < j->read_to[which] + JOB_TOLD)
		return;
	j->read_to[which] = pos;
	link_ask(z,
	    &(struct mon_request){
		.op = MON_JOB_READ, .job = j->obj.id, .value = (uint32_t)which, .at = pos},
	    NULL, NULL);
}

/* Give the line about bytes that are lost, if the reader begins behind them. It may have been given
 * some of this line and more already, by the daemon before: r->skip. */
static void head(struct reader *r, struct buf *b, size_t max)
{
	char line[LOST_LINE];
	size_t n = lost_line(r->pos, line);
	if (r->skip >= n) {
		r->pos += r->skip - n;
		r->skip = 0;
		r->begun = true;
		return;
	}
	n -= r->skip;
	buf_add(b, line + r->skip, n < max ? n : max);
	r->skip += b->len;
}

/* The ring may overtake the reader at any moment, also while we copy: the rest comes with the next
 * read. */
static void ring_copy(const struct ring *ring, struct reader *r, struct buf *b, size_t max)
{
	char line[LOST_LINE], *bytes = xcalloc(1, max);
	uint64_t lost = 0, from = r->pos;
	size_t n = ring_read(ring, &r->pos, bytes, max, &lost);
	if (lost == 0) {
		buf_add(b, bytes, n);
	} else {
		r->pos = from + lost;
		buf_add(b, line, lost_line(lost, line));
		if (b->len > max)
			buf_cut(b, max);
	}
	free(bytes);
}

static bool comes_more(const struct job *j, int which)
{
	if (j->state == JOB_NEW)
		return zone_runs(job_zone(j));
	return j->state != JOB_ENDED || (j->streams_done >> which & 1) == 0;
}

static enum stream stream_output(
    struct obj *o, int which, struct reader *r, struct buf *b, size_t max)
{
	struct job *j = job_of(o);
	struct ring ring;
	if (r->begun && !r->jumped)
		was_read(j, which, r->pos);
	if (!r->begun)
		head(r, b, max);
	if (b->len == 0 && ring_of(j, which, &ring)) {
		ring_copy(&ring, r, b, max);
		ring_close(&ring);
	}
	if (b->len > 0)
		return STREAM_GAVE;
	return comes_more(j, which) ? STREAM_WAITS : STREAM_ENDED;
}

uint64_t job_out_begin(struct obj *o)
{
	return begin(o, 0);
}

uint64_t job_err_begin(struct obj *o)
{
	return begin(o, 1);
}

uint64_t job_out_size(struct obj *o)
{
	return ring_size(o, 0);
}

uint64_t job_err_size(struct obj *o)
{
	return ring_size(o, 1);
}

enum stream job_out(struct obj *o, struct reader *r, struct buf *b, size_t max)
{
	return stream_output(o, 0, r, b, max);
}

enum stream job_err(struct obj *o, struct reader *r, struct buf *b, size_t max)
{
	return stream_output(o, 1, r, b, max);
}
