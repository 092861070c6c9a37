#include "fs/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/ctl.h"
#include "fs/hold.h"

/* A text that may be asked for again: by an open file's handle, or by the uid of who was told its
 * size (uids are below all handles). A text that is never asked for again, because its file was
 * closed, gets old and goes. */
struct kept {
	struct list link; /* the index, by node and fh */
	struct list age; /* holder::texts */
	uint64_t node, fh;
	enum text_use use;
	struct text *text;
	int64_t since; /* when it was given to the file, or its size told */
	bool read; /* since its size was told */
	struct holder *holder;
};

/* A row has been asked for its text. It is in obj::fetching until there is an answer. */
struct fetch {
	struct list link;
	const struct row *row;
	struct list waiting; /* req::link */
	struct source *deadline;
	bool over; /* nobody waits any more: there is an answer, or it took too long */
	struct err why; /* then, where no text is known */
};

static struct hash kept, latest;

void text_put(struct text *t)
{
	if (--t->refs > 0)
		return;
	list_del(&t->latest);
	free(t->at);
	free(t);
}

static struct kept *kept_find(uint64_t node, uint64_t fh, enum text_use use)
{
	list_each(k, hash_bucket(&kept, node, fh), struct kept, link)
		if (k->node == node && k->fh == fh && k->use == use)
			return k;
	return NULL;
}

static size_t text_cost(const struct text *t)
{
	return sizeof(struct kept) + sizeof(*t) + t->len;
}

static void kept_forget(struct kept *k)
{
	list_del(&k->link);
	list_del(&k->age);
	hold_end(k->holder, HOLD_TEXTS, text_cost(k->text));
	text_put(k->text);
	free(k);
}

/* This may drop the new text itself, if others hold too much. */
static void make_room(struct holder *h, const struct kept *newest)
{
	bool gone = false;
	while (!gone && hold_check(h, HOLD_TEXTS) < 0) {
		struct kept *oldest = container_of(h->texts.next, struct kept, age);
		gone = oldest == newest;
		kept_forget(oldest);
	}
}

void text_keep(uint64_t node, uint64_t fh, enum text_use use, uid_t user, struct text *t)
{
	struct kept *k = kept_find(node, fh, use);
	t->refs++;
	if (k != NULL)
		kept_forget(k);
	k = xcalloc(1, sizeof(*k));
	*k = (struct kept){.node = node, .fh = fh, .use = use, .text = t, .since = now_ns()};
	k->holder = hold_begin(user, HOLD_TEXTS, text_cost(t));
	list_add_tail(hash_bucket(&kept, node, fh), &k->link);
	list_add_tail(&k->holder->texts, &k->age);
	make_room(k->holder, k);
}

struct text *text_kept(uint64_t node, uint64_t fh, enum text_use use)
{
	struct kept *k = kept_find(node, fh, use);
	return k != NULL ? k->text : NULL;
}

struct text *text_take(uint64_t node, uint64_t fh, enum text_use use)
{
	struct kept *k = kept_find(node, fh, use);
	if (k == NULL)
		return NULL;
	struct text *t = k->text;
	t->refs++;
	kept_forget(k);
	return t;
}

void text_drop(uint64_t node, uint64_t fh)
{
	for (enum text_use use = 0; use < TEXT_USES; use++) {
		struct text *t = text_take(node, fh, use);
		if (t != NULL)
			text_put(t);
	}
}

void text_promise(uid_t asker, struct text *t)
{
	text_keep(t->node, asker, TEXT_READ, asker, t);
}

static bool is_young(int64_t since, int64_t age)
{
	int64_t now = now_ns();
	return since <= now && now - since < age;
}

struct text *text_told(const struct node *n, uid_t asker)
{
	const struct kept *told = kept_find(node_inode(n), asker, TEXT_READ);
	if (told == NULL || told->read || told->text->version != n->obj->version ||
	    !is_young(told->text->made, TEXT_DUE))
		return NULL;
	told->text->refs++;
	return told->text;
}

void text_was_read(const struct node *n, uid_t reader)
{
	struct kept *told = kept_find(node_inode(n), reader, TEXT_READ);
	if (told != NULL)
		told->read = true;
}

/* An open file that has read it since then wants a new one. */
struct text *text_due(const struct node *n, uid_t reader, uint64_t fh)
{
	const struct kept *told = kept_find(node_inode(n), reader, TEXT_READ),
			  *had = kept_find(node_inode(n), fh, TEXT_READ);
	if (told == NULL || told->text->version != n->obj->version ||
	    !is_young(told->since, TEXT_DUE) || (had != NULL && had->since > told->since))
		return NULL;
	return told->text;
}

static bool is_fresh(const struct node *n, const struct text *t)
{
	if (t->version != n->obj->version)
		return false;
	return (n->row->flags & ROW_COUNTER) == 0 || is_young(t->made, TEXT_AGE);
}

static int text_make(const struct node *n, uid_t asker, struct buf *b)
{
	const struct row *r = n->row;
	if (r->show_to != NULL)
		return r->show_to(n->obj, r, asker, b);
	if (r->show != NULL)
		return r->show(n->obj, r, b);
	if (r->kind != NULL)
		r->kind->format(r, row_value(n->obj, r), b);
	else if (r->commands != NULL)
		ctl_usage(n->obj, r, b);
	return 0;
}

struct text *text_of(uint64_t node, struct buf *b)
{
	struct text *t = xcalloc(1, sizeof(*t));
	t->refs = 1;
	t->at = buf_take(b, &t->len);
	t->made = now_ns();
	t->node = node;
	list_init(&t->latest);
	return t;
}

static struct text *text_new(const struct node *n, uid_t asker, struct buf *b)
{
	struct text *t = text_of(node_inode(n), b);
	t->asker = asker;
	t->version = n->obj->version;
	list_add_tail(hash_bucket(&latest, t->node, asker), &t->latest);
	return t;
}

static struct text *find_latest(uint64_t node, uid_t asker)
{
	list_each(t, hash_bucket(&latest, node, asker), struct text, latest)
		if (t->node == node && t->asker == asker)
			return t;
	return NULL;
}

/* ---- texts that take time ---- */

static struct fetch *find_fetch(const struct node *n)
{
	list_each(f, &n->obj->fetching, struct fetch, link)
		if (f->row == n->row)
			return f;
	return NULL;
}

static void fetch_free(struct fetch *f)
{
	list_del(&f->link);
	loop_close(&f->deadline);
	free(f);
}

/* All who wait ask again. */
static void fetch_answer(struct fetch *f)
{
	struct list all;
	list_init(&all);
	list_append(&all, &f->waiting);
	f->over = true;
	loop_close(&f->deadline);
	list_each(r, &all, struct req, link) {
		struct node n = r->about;
		list_del(&r->link);
		r->told(r, &n);
	}
}

static void give_up(void *arg)
{
	struct fetch *f = arg;
	err_set(EIO, "it gives no answer: look at the state, and ask again later");
	err_copy(&f->why);
	fetch_answer(f);
}

static void fetch_new(const struct node *n)
{
	struct fetch *f = xcalloc(1, sizeof(*f));
	f->row = n->row;
	list_init(&f->waiting);
	list_add_tail(&n->obj->fetching, &f->link);
	f->deadline = loop_after(TEXT_PATIENCE, give_up, f);
}

static void request_unpark(struct req *r)
{
	list_del(&r->link);
}

void text_wait(struct req *r, const struct node *n, void (*told)(struct req *, const struct node *))
{
	if (req_may_wait(r) < 0) {
		req_fail(r, err_code());
		return;
	}
	r->about = *n;
	r->told = told;
	r->cancel = request_unpark;
	list_add_tail(&find_fetch(n)->waiting, &r->link);
}

void text_done(struct obj *o, const struct row *r, struct buf *b)
{
	struct node n = {o, r, 0};
	struct fetch *f = find_fetch(&n);
	struct text *t = find_latest(node_inode(&n), 0);
	if (b == NULL && f != NULL)
		err_copy(&f->why);
	if (t != NULL) /* a newer one, or none, takes its place */
		list_del(&t->latest);
	t = b != NULL ? text_new(&n, 0, b) : NULL;
	if (f != NULL) {
		fetch_answer(f);
		fetch_free(f);
	}
	if (t != NULL)
		text_put(t);
}

void text_forget(struct obj *o)
{
	list_each(f, &o->fetching, struct fetch, link) {
		list_each(r, &f->waiting, struct req, link) {
			list_del(&r->link);
			req_fail(r, ENOENT);
		}
		fetch_free(f);
	}
}

/* ---- the text of now ---- */

static int text_known(
    const struct node *n, const struct fetch *f, struct text *last, struct text **t)
{
	if (!f->over)
		return TEXT_WAITS;
	if (last == NULL || last->made < n->obj->changed)
		return err_restore(&f->why);
	last->refs++;
	*t = last;
	return 0;
}

const struct text *text_last(const struct node *n, uid_t asker)
{
	return find_latest(node_inode(n), n->row->show_to != NULL ? asker : 0);
}

static int make_now(const struct node *n, uid_t asker, struct text *last, struct text **t)
{
	struct buf b = {0};
	int result = text_make(n, asker, &b);
	if (result != 0) {
		buf_finish(&b);
		if (result == TEXT_WAITS)
			fetch_new(n);
		return result;
	}
	if (last != NULL)
		list_del(&last->latest);
	*t = text_new(n, asker, &b);
	return 0;
}

int text_now(const struct node *n, uid_t asker, struct text **t)
{
	uid_t alone = n->row->show_to != NULL ? asker : 0;
	struct text *last = find_latest(node_inode(n), alone);
	const struct fetch *f = find_fetch(n);
	if (last != NULL && is_fresh(n, last)) {
		last->refs++;
		*t = last;
		return 0;
	}
	return f != NULL ? text_known(n, f, last, t) : make_now(n, alone, last, t);
}
