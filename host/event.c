#include "host/event.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/word.h"
#include "host/history.h"

enum { EVENTS_KEPT = 1024, EVENT_ROOM = 128 << 10 };

static struct event {
	uint64_t seq;
	char *line; /* owned; with its newline */
	size_t about, about_len; /* its third word, DIR/NAME */
} kept[EVENTS_KEPT];

static uint64_t last; /* seq of the newest; the first ever is 1 */
static struct ring ring = {.fd = -1};

static size_t next_word(const char *line, size_t at)
{
	at += strcspn(line + at, " ");
	return at + strspn(line + at, " ");
}

static void line_keep(uint64_t seq, const char *line)
{
	struct event *e = &kept[seq % EVENTS_KEPT];
	free(e->line);
	e->line = xasprintf("%s\n", line);
	e->seq = seq;
	e->about = next_word(line, next_word(line, 0));
	e->about_len = strcspn(line + e->about, " ");
	last = seq;
}

/* Read the lines that the daemon before left. The first may be cut. */
static void lines_recall(void)
{
	char *text = xcalloc(1, EVENT_ROOM + 1), *rest = text;
	uint64_t pos = ring_oldest(&ring), lost = 0;
	bool whole = pos == 0;
	ring_read(&ring, &pos, text, EVENT_ROOM, &lost);
	for (char *line; (line = word_line(&rest)) != NULL; whole = true) {
		uint64_t seq = strtoull(line, NULL, 10);
		if (whole && seq > last)
			line_keep(seq, line);
	}
	free(text);
}

int events_open(int dir)
{
	int fd = openat(dir, "events", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys("open the events");
	if (ring_open(&ring, fd) < 0)
		return ring_make(&ring, fd, EVENT_ROOM, now_ns() / 1000);
	lines_recall();
	return 0;
}

void events_close(void)
{
	ring_close(&ring);
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		free(kept[i].line);
}

void event_emit(struct obj *o, const char *dir, const char *event, const char *more)
{
	char *line = xasprintf("%" PRIu64 " %" PRId64 " %s/%s %s%s%s", last + 1,
	    (int64_t)time(NULL), dir, o->name, event, *more != '\0' ? " " : "", more);
	line_keep(last + 1, line);
	free(line);
	line = kept[last % EVENTS_KEPT].line;
	if (ring_write(&ring, line, strlen(line)) < 0)
		log_warn("keep an event: %s", err_text());
	if (!o->removing)
		history_add(o->id, line);
	log_info("%.*s", (int)strcspn(line, "\n"), line);
	obj_changed(o);
	obj_changed(tree_root());
}

uint64_t event_begin(struct obj *o)
{
	(void)o;
	return last;
}

/* Is the event for readers of o? Readers of the root get all. A poll looks at all. */
static bool is_about(const struct obj *o, const struct event *e)
{
	if (o->parent == NULL)
		return true;
	if (e->line == NULL)
		return false;
	const char *at = e->line + e->about;
	size_t dir = strlen(o->slot->name), name = strlen(o->name);
	return e->about_len == dir + 1 + name && memcmp(at, o->slot->name, dir) == 0 &&
	       memcmp(at + dir + 1, o->name, name) == 0;
}

/* Give the rest of e's line, as far as there is room. False: some of it is left for the next
 * read. */
static bool line_give(const struct event *e, struct reader *r, struct buf *b, size_t max)
{
	size_t n = strlen(e->line);
	if (r->skip >= n) { /* the daemon before gave it this line */
		r->skip -= n;
		return true;
	}
	size_t left = n - r->skip, room = max > b->len ? max - b->len : 0;
	if (b->len > 0 && left > room)
		return false;
	buf_add(b, e->line + r->skip, left < room ? left : room);
	r->skip = left > room ? r->skip + room : 0; /* a small read buffer gets a part of a line */
	return left <= room;
}

/* Tell of the lines behind r's place that are kept no more. False: there is no room left to.
 * Without room even for that line its end is cut off. */
static bool lost_tell(struct reader *r, struct buf *b, size_t max)
{
	uint64_t next = r->pos + 1;
	char line[40];
	if (last - next >= EVENTS_KEPT)
		next = last - EVENTS_KEPT + 1;
	while (kept[next % EVENTS_KEPT].seq != next) /* the last one is kept */
		next++;
	int n = snprintf(line, sizeof(line), "%slost %" PRIu64 "\n",
	    r->skip > 0 ? "\n" : "", /* it may have had a part of a line */
	    next - r->pos - 1);
	if (b->len > 0 && b->len + (size_t)n > max)
		return false;
	buf_add(b, line, (size_t)n < max ? (size_t)n : max);
	r->pos = next - 1;
	r->skip = 0;
	return true;
}

struct event_place event_place(void)
{
	return (struct event_place){last, ring_since(&ring)};
}

bool event_came(const struct obj *o, struct event_place after, const char *event, const char *more)
{
	char *end = xasprintf(" %s%s%s\n", event, *more != '\0' ? " " : "", more);
	bool came =
	    after.since != ring_since(&ring) || after.seq > last || last - after.seq >= EVENTS_KEPT;
	for (uint64_t seq = after.seq + 1; !came && seq <= last; seq++) {
		const struct event *e = &kept[seq % EVENTS_KEPT];
		came = e->seq == seq && is_about(o, e) &&
		       strcmp(e->line + e->about + e->about_len, end) == 0;
	}
	free(end);
	return came;
}

bool event_was_told_before(const struct obj *o, const struct req *r, const char *event)
{
	uint64_t seq = last;
	if (r == NULL || !r->again)
		return false;
	while (seq > 0 && last - seq < EVENTS_KEPT && !is_about(o, &kept[seq % EVENTS_KEPT]))
		seq--;
	const struct event *e = &kept[seq % EVENTS_KEPT];
	size_t n = strlen(event);
	return e->line != NULL && is_about(o, e) &&
	       strncmp(e->line + e->about + e->about_len + 1, event, n) == 0 &&
	       isspace((unsigned char)e->line[e->about + e->about_len + 1 + n]);
}

enum stream event_read(struct obj *o, struct reader *r, struct buf *b, size_t max)
{
	if (r->pos > last) /* of events that were lost with RUN */
		r->pos = last;
	while (r->pos < last) {
		const struct event *e = &kept[(r->pos + 1) % EVENTS_KEPT];
		if (e->seq != r->pos + 1) {
			if (!lost_tell(r, b, max))
				return STREAM_GAVE;
			continue;
		}
		if (is_about(o, e) && !line_give(e, r, b, max))
			return STREAM_GAVE;
		r->pos++;
	}
	r->skip = 0;
	return b->len > 0 ? STREAM_GAVE : STREAM_WAITS;
}
