#include "fs/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "fs/ctl.h"
#include "fs/file.h"
#include "fs/hold.h"

/* A text that somebody may ask for again: by an open file's handle, or as the one whose size he was
 * told, by his uid, which is below all handles. What is never asked for again, as its file has
 * gone, gets old. */
struct kept {
	struct list link; /* the index, by node and fh */
	struct list age; /* holder::texts */
	uint64_t node, fh;
	struct text *text;
	struct holder *holder;
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

static struct kept *find(uint64_t node, uint64_t fh)
{
	list_each(k, hash_bucket(&kept, node, fh), struct kept, link)
		if (k->node == node && k->fh == fh)
			return k;
	return NULL;
}

static size_t cost(const struct text *t)
{
	return sizeof(struct kept) + sizeof(*t) + t->len;
}

static void forget(struct kept *k)
{
	list_del(&k->link);
	list_del(&k->age);
	hold_end(k->holder, HOLD_TEXTS, cost(k->text));
	text_put(k->text);
	free(k);
}

/* Be it the new one itself, where others hold too much. */
static void make_room(struct holder *h, const struct kept *newest)
{
	bool gone = false;
	while (!gone && hold_check(h, HOLD_TEXTS) < 0) {
		struct kept *oldest = container_of(h->texts.next, struct kept, age);
		gone = oldest == newest;
		forget(oldest);
	}
}

void text_keep(uint64_t node, uint64_t fh, uid_t reader, struct text *t)
{
	struct kept *k = find(node, fh);
	t->refs++;
	if (k != NULL)
		forget(k);
	k = xcalloc(1, sizeof(*k));
	*k = (struct kept){.node = node, .fh = fh, .text = t};
	k->holder = hold_begin(reader, HOLD_TEXTS, cost(t));
	list_add_tail(hash_bucket(&kept, node, fh), &k->link);
	list_add_tail(&k->holder->texts, &k->age);
	make_room(k->holder, k);
}

struct text *text_kept(uint64_t node, uint64_t fh)
{
	struct kept *k = find(node, fh);
	return k != NULL ? k->text : NULL;
}

void text_drop(uint64_t node, uint64_t fh)
{
	struct kept *k = find(node, fh);
	if (k != NULL)
		forget(k);
}

static bool fresh(const struct node *n, const struct text *t)
{
	if (t->version != n->obj->version)
		return false;
	int64_t age = now_ns() - t->made;
	return (n->row->flags & ROW_COUNTER) == 0 || (age >= 0 && age < TEXT_AGE);
}

static int make(const struct node *n, uid_t asker, struct buf *b)
{
	const struct row *r = n->row;
	if (r->show_to != NULL)
		return r->show_to(n->obj, r, asker, b);
	if (r->show != NULL)
		return r->show(n->obj, r, b);
	if (r->kind != NULL)
		r->kind->format(r, row_value(n->obj, r), b);
	else if (r->commands != NULL)
		ctl_usage(n->obj, r->commands, b);
	return 0;
}

static struct text *text_new(const struct node *n, uid_t asker, struct buf *b)
{
	struct text *t = xcalloc(1, sizeof(*t));
	t->refs = 1;
	t->at = buf_take(b, &t->len);
	t->made = now_ns();
	t->node = node_inode(n);
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

struct text *text_now(const struct node *n, uid_t asker)
{
	uid_t alone = n->row->show_to != NULL ? asker : 0;
	struct text *t = find_latest(node_inode(n), alone);
	if (t != NULL && fresh(n, t)) {
		t->refs++;
	} else {
		struct buf b = {0};
		if (make(n, alone, &b) < 0) {
			buf_finish(&b);
			return NULL;
		}
		if (t != NULL)
			list_del(&t->latest);
		t = text_new(n, alone, &b);
	}
	text_keep(t->node, asker, asker, t);
	return t;
}
