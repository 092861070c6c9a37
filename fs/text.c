#include "fs/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "fs/ctl.h"
#include "fs/file.h"

/* Texts by node; fh 0 is the latest that was made for anybody. An open file that is never released
 * (its daemon died) ages out at the list's end. */
struct kept {
	struct list link;
	uint64_t node, fh;
	struct text *text;
};

enum { KEPT_MAX = 512 };

static struct list kept = {&kept, &kept};
static size_t nkept;

static void text_put(struct text *t)
{
	if (--t->refs > 0)
		return;
	free(t->at);
	free(t);
}

static struct kept *find(uint64_t node, uint64_t fh)
{
	list_each(k, &kept, struct kept, link) if (k->node == node && k->fh == fh) return k;
	return NULL;
}

static void forget(struct kept *k)
{
	list_del(&k->link);
	nkept--;
	text_put(k->text);
	free(k);
}

void text_keep(uint64_t node, uint64_t fh, struct text *t)
{
	t->refs++;
	text_drop(node, fh);
	struct kept *k = xcalloc(1, sizeof(*k));
	*k = (struct kept){.node = node, .fh = fh, .text = t};
	list_add_tail(kept.next, &k->link);
	if (++nkept > KEPT_MAX)
		forget(container_of(kept.prev, struct kept, link));
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

void text_forget(uint64_t id)
{
	list_each(k, &kept, struct kept, link) if (k->node >> 16 == id) forget(k);
}

static bool fresh(const struct node *n, const struct text *t)
{
	if (t->version != n->obj->version)
		return false;
	int64_t age = now_ns() - t->made;
	return (n->row->flags & ROW_COUNTER) == 0 || (age >= 0 && age < TEXT_AGE);
}

static int make(const struct node *n, struct buf *b)
{
	const struct row *r = n->row;
	if (r->show != NULL)
		return r->show(n->obj, b);
	if (r->kind != NULL)
		r->kind->format(r, row_value(n->obj, r), b);
	else if (r->commands != NULL)
		ctl_usage(n->obj, r->commands, b);
	return 0;
}

int text_now(const struct node *n, struct text **t)
{
	uint64_t node = node_inode(n);
	*t = text_kept(node, 0);
	if (*t != NULL && fresh(n, *t))
		return 0;
	struct buf b = {0};
	if (make(n, &b) < 0) {
		buf_finish(&b);
		return -1;
	}
	*t = xcalloc(1, sizeof(**t));
	(*t)->at = buf_take(&b, &(*t)->len);
	(*t)->made = now_ns();
	(*t)->version = n->obj->version;
	text_keep(node, 0, *t);
	return 0;
}
