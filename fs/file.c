#include "fs/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/ctl.h"
#include "fs/fuse.h"
#include "fs/handover.h"
#include "fs/text.h"

/* A file handle: a serial number, and below it where a stream's reader began. */
enum { POS_BITS = 40 };
#define POS_MASK ((UINT64_C(1) << POS_BITS) - 1)

static struct list readers = {&readers, &readers};
static uint64_t serial, serial_before; /* handles behind the latter are ours */

/* Of other files the handle tells who opened them. */
uint64_t file_open(const struct node *n, uid_t opener)
{
	uint64_t begin = n->row != NULL && n->row->begin != NULL ? n->row->begin(n->obj) : opener;
	if (serial == 0) /* other numbers than those of the daemon before us */
		serial = serial_before = (uint64_t)now_ns() / 1000;
	return ++serial << POS_BITS | (begin & POS_MASK);
}

static struct reader *find_reader(uint64_t node, uint64_t fh)
{
	list_each(
		it, &readers, struct reader, link) if (it->node == node && it->fh == fh) return it;
	return NULL;
}

static struct reader fresh_reader(const struct node *n, uint64_t fh, uint64_t off)
{
	return (struct reader){.node = node_inode(n),
		.fh = fh,
		.pos = n->row->begin != NULL ? fh & POS_MASK : 0,
		.off = off,
		.skip = off};
}

/* Did this daemon open it? Of the serial number a handle has the low bits. */
static bool is_ours(uint64_t fh)
{
	uint64_t since = ((fh >> POS_BITS) - serial_before) & (UINT64_MAX >> POS_BITS);
	return serial != 0 && since <= serial - serial_before;
}

/* What can be read from its start can be read at any place, as network shares do. */
static void follow_offset(struct reader *it, const struct req *r, const struct node *n, bool known)
{
	if (n->row->size == NULL || (known && it->off == r->off))
		return;
	struct list link = it->link;
	*it = fresh_reader(n, r->fh, r->off);
	it->link = link;
	it->jumped = r->off != 0 && (known || is_ours(r->fh));
}

static struct reader *reader_of(const struct req *r, const struct node *n)
{
	struct reader *it = find_reader(node_inode(n), r->fh);
	bool known = it != NULL;
	if (!known) {
		it = xcalloc(1, sizeof(*it));
		*it = fresh_reader(n, r->fh, r->off);
		list_add_tail(&readers, &it->link);
	}
	follow_offset(it, r, n, known);
	return it;
}

void file_release(uint64_t node, uint64_t fh)
{
	struct reader *it = find_reader(node, fh);
	if (it != NULL) {
		list_del(&it->link);
		free(it);
	}
	text_drop(node, fh);
}

enum stream file_rest(struct reader *r, const char *text, struct buf *b, size_t max)
{
	size_t len = strlen(text);
	if (r->skip >= len)
		return STREAM_ENDED;
	size_t n = len - r->skip < max ? len - r->skip : max;
	buf_add(b, text + r->skip, n);
	r->skip += n;
	return STREAM_GAVE;
}

static void unpark(struct req *r)
{
	list_del(&r->link);
}

/* Answers the request unless it must wait. */
static bool try_stream(struct req *r, const struct node *n)
{
	struct buf b = {0};
	struct reader *it = reader_of(r, n);
	enum stream s = n->row->stream(n->obj, it, &b, r->size);
	if (s == STREAM_WAITS) {
		buf_finish(&b);
		return false;
	}
	it->off = r->off + b.len;
	req_bytes(r, b.at, b.len);
	buf_finish(&b);
	return true;
}

bool file_poll(uint64_t fh, const struct node *n, uint64_t kh)
{
	if (n->row == NULL || n->row->stream == NULL)
		return true;
	/* a copy: looking must not move it, nor make one before a read tells how far it was */
	struct reader *it = find_reader(node_inode(n), fh),
		      probe = it != NULL ? *it : fresh_reader(n, fh, handover_had(fh));
	struct buf b = {0};
	if (kh != 0)
		handover_poll(fh, kh, probe.off);
	enum stream s = n->row->stream(n->obj, &probe, &b, 1);
	buf_finish(&b);
	return s != STREAM_WAITS;
}

static void read_text(struct req *r, const struct node *n)
{
	uint64_t node = node_inode(n);
	bool plain = n->row->put != NULL; /* not one moment, but the bytes of now */
	struct text *t = r->off > 0 && !plain ? text_kept(node, r->fh) : NULL;
	if (t == NULL) {
		if (text_now(n, &t) < 0) {
			req_fail(r, err_code());
			return;
		}
		text_keep(node, r->fh, t);
	}
	size_t off = r->off < t->len ? (size_t)r->off : t->len;
	size_t len = t->len - off < r->size ? t->len - off : r->size;
	req_bytes(r, t->at + off, len);
}

void file_read(struct req *r, const struct node *n)
{
	err_clear();
	if (n->row->stream == NULL) {
		read_text(r, n);
	} else if (try_stream(r, n)) {
		return;
	} else if (r->nonblock) {
		req_fail(r, EAGAIN);
	} else {
		r->cancel = unpark;
		list_add_tail(&n->obj->waiting, &r->link);
	}
}

void file_kick(struct obj *o)
{
	list_each(r, &o->waiting, struct req, link)
	{
		struct node n;
		list_del(&r->link);
		if (node_find(r->node, &n) < 0)
			req_fail(r, ENOENT);
		else if (!try_stream(r, &n))
			list_add_tail(&r_next->link, &r->link); /* back to its place */
	}
	fuse_wake_polls(o);
}

void file_forget(struct obj *o)
{
	list_each(r, &o->waiting, struct req, link)
	{
		list_del(&r->link);
		req_fail(r, ENOENT);
	}
	ctl_forget(o);
	change_forget(o);
	fuse_drop_polls(o);
	text_forget(o->id);
}

void file_stat(const struct node *n, uint64_t *size, int64_t *mtime)
{
	struct text *t = NULL;
	*mtime = node_attr(n).mtime;
	*size = 0;
	if (node_is_dir(n) || n->row->bytes != NULL)
		return;
	if (n->row->size != NULL) {
		*size = n->row->size(n->obj);
		*mtime = n->obj->changed;
		return;
	}
	if (n->row->stream != NULL) {
		struct reader probe = {.pos = n->row->begin != NULL ? n->row->begin(n->obj) : 0};
		struct buf b = {0};
		if (n->row->stream(n->obj, &probe, &b, MESSAGE_MAX) == STREAM_GAVE)
			*size = b.len;
		buf_finish(&b);
		return;
	}
	err_clear();
	if (text_now(n, &t) == 0)
		*size = t->len;
	if (t != NULL && (n->row->flags & ROW_COUNTER) != 0)
		*mtime = t->made;
	else if (n->row->kind == NULL && n->row->show != NULL && n->row->put == NULL)
		*mtime = n->obj->changed;
}

/* What a part refuses, its whole tells as well. */
static void note_above(struct obj *o, const char *file)
{
	char *path = o->type->file != NULL ? xasprintf("%s/%s", o->slot->name, o->name)
					   : xasprintf("%s/%s/%s", o->slot->name, o->name, file);
	file_note_error(o->parent, path);
	free(path);
}

void file_note_error(struct obj *o, const char *file)
{
	char *line = xasprintf("%s: %s", file, err_text());
	if (o->type->part)
		note_above(o, file);
	free(o->error);
	o->error = line;
	o->version++;
	log_debug("%s: refused: %s", o->name[0] != '\0' ? o->name : "/", line);
}

void file_refuse(struct req *r, struct obj *o, const char *file)
{
	int code = err_code();
	bool again = code == EAGAIN || code == EBUSY || code == ETIMEDOUT;
	file_note_error(o, file);
	req_fail(r, again ? EIO : code);
}

/* One message: no NULs, not too long. */
static int check_message(const char *bytes, size_t len)
{
	if (len > MESSAGE_MAX)
		return err_set(EMSGSIZE,
			"%zu bytes are too long a message: give at most %d in one write", len,
			MESSAGE_MAX);
	if (memchr(bytes, '\0', len) != NULL)
		return err_set(EINVAL, "a NUL byte is in it: give plain text");
	return 0;
}

/* Without blank lines, comments and blanks at the ends of lines. The caller's. */
static char *clean_message(const char *bytes, size_t len)
{
	struct buf b = {0};
	char *copy = xstrndup(bytes, len), *rest = copy;
	for (char *line; (line = word_line(&rest)) != NULL;) {
		line = word_trim(line);
		if (*line == '\0' || *line == '#')
			continue;
		if (b.len > 0)
			buf_str(&b, "\n");
		buf_str(&b, line);
	}
	free(copy);
	return buf_take(&b, NULL);
}

void file_write(struct req *r, const struct node *n, const char *bytes, size_t len)
{
	err_clear();
	const struct row *row = n->row;
	if (row->bytes != NULL) {
		if (row->bytes(n->obj, r, bytes, len) < 0)
			file_refuse(r, n->obj, row->name);
		return;
	}
	if (row->put != NULL) {
		change_put(r, n, bytes, len);
		return;
	}
	/* a set-uid program that was given this file as its stderr does not speak for its own user */
	uid_t opener = (uid_t)(r->fh & POS_MASK);
	if (row->begin == NULL && opener != 0 && opener != r->uid) {
		err_set(EPERM, "uid %u writes what uid %u opened: open it as the user who writes",
			r->uid, opener);
		file_refuse(r, n->obj, row->name);
		return;
	}
	if (check_message(bytes, len) < 0) {
		file_refuse(r, n->obj, row->name);
		return;
	}
	char *text = clean_message(bytes, len);
	r->size = len;
	if (row->commands != NULL) {
		ctl_write(r, n, text);
	} else if (row->kind != NULL || row->store != NULL) {
		change_write(r, n, text);
	} else {
		err_set(EPERM, "it takes no writes: read it");
		file_refuse(r, n->obj, row->name);
	}
	free(text);
}
