#include "fs/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/fuse.h"
#include "fs/handover.h"
#include "fs/hold.h"
#include "fs/places.h"

enum { POS_BITS = 40, ROUND = 32 };
#define POS_MASK ((UINT64_C(1) << POS_BITS) - 1)

static struct hash readers;
static uint64_t serial, serial_before; /* handles above serial_before are of this daemon */

static void ask_some(void);

/* obj::awake of those with requests to be asked, in this round and in the next (fs/hold.h) */
static struct list awake = {&awake, &awake}, tired = {&tired, &tired};
static struct loop_task asking = {.fn = ask_some};
static struct source *next_round;

/* ---- readers ---- */

uint64_t stream_open(const struct node *n, uid_t opener)
{
	uint64_t begin = n->row != NULL && n->row->begin != NULL ? n->row->begin(n->obj) : opener;
	if (serial == 0) /* other numbers than those of the daemon before us */
		serial = serial_before = (uint64_t)now_ns() / 1000;
	return ++serial << POS_BITS | (begin & POS_MASK);
}

uid_t stream_opener(uint64_t fh)
{
	return (uid_t)(fh & POS_MASK);
}

static struct reader *find_reader(uint64_t node, uint64_t fh)
{
	list_each(it, hash_bucket(&readers, node, fh), struct reader, link)
		if (it->node == node && it->fh == fh)
			return it;
	return NULL;
}

/* Of what can be read at any offset, and of what is the same text whenever it is read, the offset
 * says it all. */
static bool has_place(const struct node *n)
{
	return n->row->begin != NULL && n->row->size == NULL;
}

static struct reader fresh_reader(const struct node *n, uint64_t fh, uint64_t off)
{
	struct place at = {off, n->row->begin != NULL ? fh & POS_MASK : 0, off};
	if (has_place(n))
		places_find(fh, off, &at);
	return (struct reader){
	    .node = node_inode(n), .fh = fh, .pos = at.pos, .off = off, .skip = at.skip};
}

/* How far the reader of fh was for the daemon before, by its last read or its last poll. */
static uint64_t had_before(uint64_t fh)
{
	uint64_t off;
	return places_had(fh, &off) ? off : handover_had(fh);
}

/* Did this daemon open it? Of the serial number a handle has the low bits. */
static bool is_ours(uint64_t fh)
{
	uint64_t since = ((fh >> POS_BITS) - serial_before) & (UINT64_MAX >> POS_BITS);
	return serial != 0 && since <= serial - serial_before;
}

/* A stream that can be read from its start can be read at any offset, as servers of network shares
 * do. */
static void follow_offset(struct reader *it, const struct req *r, const struct node *n, bool known)
{
	if (n->row->size == NULL || (known && it->off == r->off))
		return;
	struct reader fresh = fresh_reader(n, r->fh, r->off);
	fresh.link = it->link;
	fresh.holder = it->holder;
	fresh.jumped = r->off != 0 && (known || is_ours(r->fh));
	*it = fresh;
}

static void reader_free(struct reader *it)
{
	list_del(&it->link);
	hold_end(it->holder, HOLD_READERS, 1);
	free(it);
}

/* NULL: EMFILE, ENFILE */
static struct reader *reader_new(const struct req *r, const struct node *n)
{
	struct reader *it = xcalloc(1, sizeof(*it));
	*it = fresh_reader(n, r->fh, r->off);
	list_add_tail(hash_bucket(&readers, it->node, it->fh), &it->link);
	it->holder = hold_begin(r->uid, HOLD_READERS, 1);
	if (hold_check(it->holder, HOLD_READERS) == 0)
		return it;
	reader_free(it);
	return NULL;
}

static struct reader *reader_of(const struct req *r, const struct node *n)
{
	struct reader *it = find_reader(node_inode(n), r->fh);
	bool known = it != NULL;
	if (!known)
		it = reader_new(r, n);
	if (it != NULL)
		follow_offset(it, r, n, known);
	return it;
}

void stream_release(uint64_t node, uint64_t fh)
{
	struct reader *it = find_reader(node, fh);
	places_close(fh);
	if (it != NULL)
		reader_free(it);
}

enum stream stream_rest(struct reader *r, const char *text, struct buf *b, size_t max)
{
	size_t len = strlen(text);
	if (r->skip >= len)
		return STREAM_ENDED;
	size_t n = len - r->skip < max ? len - r->skip : max;
	buf_add(b, text + r->skip, n);
	r->skip += n;
	return STREAM_GAVE;
}

/* ---- asking ---- */

/* r is answered with b, and ends. */
static void reader_give(struct reader *it, struct req *r, const struct node *n, const struct buf *b)
{
	uint64_t fh = it->fh;
	bool noted = b->len > 0 && has_place(n);
	it->off = r->off + b->len;
	if (noted)
		places_note(fh, (struct place){it->off, it->pos, it->skip});
	req_bytes(r, b->at, b->len);
	if (noted)
		places_answered(fh);
}

/* Answers the request unless it must wait. */
static bool try_stream(struct req *r, const struct node *n)
{
	struct buf b = {0};
	struct reader *it = reader_of(r, n);
	if (it == NULL) {
		req_fail(r, err_code());
		return true;
	}
	enum stream s = n->row->stream(n->obj, it, &b, r->size);
	if (s == STREAM_WAITS) {
		buf_finish(&b);
		return false;
	}
	reader_give(it, r, n, &b);
	buf_finish(&b);
	return true;
}

static void request_unpark(struct req *r)
{
	list_del(&r->link);
}

void stream_read(struct req *r, const struct node *n)
{
	struct list *waiting = &n->obj->waiting;
	if (try_stream(r, n))
		return;
	if (r->nonblock) {
		req_fail(r, EAGAIN);
	} else if (req_may_wait(r) < 0) {
		req_fail(r, err_code());
	} else {
		r->cancel = request_unpark;
		list_add_tail(r->uid == 0 ? waiting->next : waiting, &r->link);
	}
}

bool stream_poll(uint64_t fh, const struct node *n, uint64_t kh)
{
	if (n->row == NULL || n->row->stream == NULL)
		return true;
	/* a copy: a poll must neither move the reader, nor make one before a read tells how far it
	 * was */
	struct reader *it = find_reader(node_inode(n), fh),
		      probe = it != NULL ? *it : fresh_reader(n, fh, had_before(fh));
	struct buf b = {0};
	if (kh != 0)
		handover_poll(fh, kh, probe.off);
	enum stream s = n->row->stream(n->obj, &probe, &b, 1);
	buf_finish(&b);
	return s != STREAM_WAITS;
}

uint64_t stream_size(const struct node *n)
{
	struct reader probe = {.pos = n->row->begin != NULL ? n->row->begin(n->obj) : 0};
	struct buf b = {0};
	enum stream s = n->row->stream(n->obj, &probe, &b, MESSAGE_MAX);
	uint64_t size = s == STREAM_GAVE ? b.len : 0;
	buf_finish(&b);
	return size;
}

/* ---- waking ---- */

/* Answers it, or lets it wait on. */
static void request_ask(struct obj *o, struct req *r)
{
	struct node n;
	list_del(&r->link);
	if (node_find(r->node, &n) < 0)
		req_fail(r, ENOENT);
	else if (!try_stream(r, &n))
		list_add_tail(&o->waiting, &r->link);
}

/* The next waiter of o that may be asked now. Users who were asked often enough wait for the next
 * round. NULL: no others are left. */
static struct req *next_woken(struct obj *o)
{
	while (!list_empty(&o->woken)) {
		struct req *r = container_of(o->woken.next, struct req, link);
		if (hold_wake(r->holder))
			return r;
		list_del(&r->link);
		list_add_tail(&o->waiting, &r->link);
		o->tired = true;
	}
	return NULL;
}

static void readers_wake(struct obj *o)
{
	list_append(&o->woken, &o->waiting);
	list_del(&o->awake);
	if (list_empty(&o->woken))
		return;
	list_add_tail(&awake, &o->awake);
	loop_soon(&asking);
}

static void begin_round(void *arg)
{
	(void)arg;
	loop_close(&next_round);
	list_each(o, &tired, struct obj, awake)
		readers_wake(o);
}

static void rest(struct obj *o)
{
	o->tired = false;
	list_add_tail(&tired, &o->awake);
	if (next_round == NULL)
		next_round = loop_after(HOLD_ROUND, begin_round, NULL);
}

/* One of each object, then one more of each. */
static void ask_some(void)
{
	for (int i = 0; i < ROUND && !list_empty(&awake); i++) {
		struct obj *o = container_of(awake.next, struct obj, awake);
		struct req *r = next_woken(o);
		list_del(&o->awake);
		if (r != NULL) {
			request_ask(o, r);
			list_add_tail(&awake, &o->awake);
		} else if (o->tired) {
			rest(o);
		}
	}
	if (!list_empty(&awake))
		loop_soon(&asking);
}

void stream_wake(struct obj *o)
{
	fuse_wake_polls(o);
	readers_wake(o);
}

/* Readers get what the object still had to say before it goes. */
void stream_forget(struct obj *o)
{
	struct list all;
	list_init(&all);
	list_append(&all, &o->woken);
	list_append(&all, &o->waiting);
	list_each(r, &all, struct req, link)
		request_ask(o, r);
	list_each(r, &o->waiting, struct req, link) {
		list_del(&r->link);
		req_bytes(r, "", 0);
	}
	list_del(&o->awake);
	fuse_wake_polls(o);
}
