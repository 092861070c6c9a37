#include "fs/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/ctl.h"
#include "fs/error.h"
#include "fs/message.h"
#include "fs/pieces.h"
#include "fs/stream.h"
#include "fs/text.h"

/* The text for this read: the one that the open file has begun, the refusal of its write, or the
 * one whose size its user was told; NULL: make a new one. A plain file is read as it is now. The
 * caller's. */
static struct text *text_to_read(const struct req *r, const struct node *n)
{
	uint64_t node = node_inode(n);
	if (n->row->put != NULL)
		return NULL;
	struct text *t = r->off == 0 ? text_take(node, r->fh, TEXT_REFUSED) : NULL;
	if (t != NULL)
		return t;
	if (r->off > 0)
		t = text_kept(node, r->fh, TEXT_READ);
	if (t != NULL && (n->row->flags & ROW_GROWS) != 0 && r->off >= t->len)
		return NULL; /* what was added is read; if the head is gone, as of a file that was
			      * cut short */
	if (t == NULL)
		t = text_due(n, r->uid, r->fh);
	if (t != NULL)
		t->refs++;
	return t;
}

static void text_give(struct req *r, const struct text *t)
{
	size_t off = r->off < t->len ? (size_t)r->off : t->len;
	size_t len = t->len - off < r->size ? t->len - off : r->size;
	req_bytes(r, t->at + off, len);
}

static void read_text(struct req *r, const struct node *n)
{
	struct text *t = text_to_read(r, n);
	int result = t != NULL ? 0 : text_now(n, r->uid, &t);
	if (result == TEXT_WAITS) {
		text_wait(r, n, read_text);
		return;
	}
	if (result < 0) {
		error_refuse_read(r, n);
		return;
	}
	text_keep(node_inode(n), r->fh, TEXT_READ, r->uid, t);
	text_was_read(n, r->uid);
	text_give(r, t);
	text_put(t);
}

void file_read_gone(struct req *r)
{
	const struct text *t = text_kept(number_inode(r->node), r->fh, TEXT_READ);
	if (r->off > 0 && t != NULL)
		text_give(r, t);
	else if (r->off > 0)
		req_bytes(r, "", 0);
	else
		req_fail(r, ENOENT);
}

void file_read(struct req *r, const struct node *n)
{
	err_clear();
	if (n->row->stream != NULL)
		stream_read(r, n);
	else
		read_text(r, n);
}

void file_release(uint64_t node, uint64_t fh)
{
	stream_release(node, fh);
	text_drop(node, fh);
}

void file_forget(struct obj *o)
{
	stream_forget(o);
	ctl_forget(o);
	change_forget(o);
	text_forget(o);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When a value of the object changed last. */
static int64_t values_changed(struct obj *o)
{
	const struct row *r = NULL;
	int64_t last = o->attr.mtime;
	while ((r = row_next(o->type, r)) != NULL) {
		if (r->kind != NULL)
			last = later(last, node_attr(&(struct node){o, r, 0}).mtime);
	}
	return last;
}

/* When what the file tells changed; t: its text, or NULL. */
static int64_t text_changed(const struct node *n, const struct text *t)
{
	const struct row *r = n->row;
	if ((r->flags & ROW_COUNTER) != 0)
		return t != NULL ? t->made : n->obj->changed;
	if (r->store != NULL)
		return values_changed(n->obj);
	if (r->show_to == error_show)
		return later(n->obj->error_changed, n->obj->changed);
	if ((r->flags & ROW_GROWS) != 0)
		return later(values_changed(n->obj), n->obj->changed);
	bool told = r->kind == NULL && r->put == NULL && (r->show != NULL || r->show_to != NULL);
	return told ? n->obj->changed : node_attr(n).mtime;
}

static int stat_text(const struct node *n, uid_t asker, uint64_t *size, int64_t *mtime)
{
	struct text *t = text_told(n, asker);
	err_clear();
	if (t == NULL && text_now(n, asker, &t) == TEXT_WAITS)
		return TEXT_WAITS;
	*mtime = text_changed(n, t);
	if (t == NULL)
		return 0;
	*size = t->len;
	text_promise(asker, t);
	text_put(t);
	return 0;
}

/* Somebody besides its owner may, by the mode; or he is that, or root. */
static bool may_read(const struct node *n, uid_t asker)
{
	struct attr a = node_attr(n);
	return asker == 0 || asker == a.uid || (a.mode & (S_IRGRP | S_IROTH)) != 0;
}

/* No text is made for who may not read it: that may cost a guest time. */
static int stat_last(const struct node *n, uid_t asker, uint64_t *size, int64_t *mtime)
{
	const struct text *t = text_last(n, asker);
	*mtime = text_changed(n, t);
	*size = t != NULL ? t->len : 0;
	return 0;
}

int file_stat(const struct node *n, uid_t asker, uint64_t *size, int64_t *mtime)
{
	*mtime = node_attr(n).mtime;
	*size = 0;
	if (node_is_dir(n) || (n->row->bytes != NULL && n->row->show == NULL))
		return 0;
	if (n->row->size != NULL) {
		*size = n->row->size(n->obj);
		*mtime = n->obj->changed;
		return 0;
	}
	if (n->row->stream == NULL)
		return (may_read(n, asker) ? stat_text : stat_last)(n, asker, size, mtime);
	*size = stream_size(n);
	return 0;
}

/* ---- writing ---- */

/* -1: EPERM, EINVAL, EMSGSIZE */
static int check(const struct req *r, const struct row *row, const char *bytes, size_t len)
{
	/* a set-uid program that was given this file as its stderr speaks for another user */
	uid_t opener = stream_opener(r->fh);
	if (row->begin == NULL && opener != 0 && opener != r->uid)
		return err_set(EPERM,
		    "uid %u writes what uid %u opened: open it as the user who writes", r->uid,
		    opener);
	return message_check(bytes, len);
}

static void forget_refusal(const struct req *r)
{
	struct text *t = text_take(number_inode(r->node), r->fh, TEXT_REFUSED);
	if (t != NULL)
		text_put(t);
}

static void write_message(struct req *r, const struct node *n, const char *bytes, size_t len)
{
	const struct row *row = n->row;
	char *text = message_clean(bytes, len);
	r->size = len;
	if (row->commands != NULL) {
		ctl_write(r, n, text);
	} else if (row->store != NULL || (row->kind != NULL && row->kind->lines == LIST)) {
		pieces_write(r, n, bytes, len);
	} else if (row->kind != NULL && *text == '\0') {
		req_wrote(r, len);
	} else if (row->kind != NULL) {
		change_write(r, n, text);
	} else {
		err_set(EPERM, "it takes no writes: read it");
		error_refuse(r, n->obj, row->name);
	}
	free(text);
}

void file_write(struct req *r, const struct node *n, const char *bytes, size_t len)
{
	const struct row *row = n->row;
	err_clear();
	if (row->bytes != NULL || row->put != NULL)
		r->reads = false; /* what is read of it is its own */
	if (r->reads)
		forget_refusal(r);
	if (row->put != NULL)
		change_put(r, n, bytes, len);
	else if (row->bytes != NULL ? row->bytes(n->obj, r, bytes, len) < 0
				    : check(r, row, bytes, len) < 0)
		error_refuse(r, n->obj, row->name);
	else if (row->bytes == NULL)
		write_message(r, n, bytes, len);
}
