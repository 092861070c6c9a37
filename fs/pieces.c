#include "fs/pieces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/error.h"
#include "fs/message.h"
#include "fs/settings.h"
#include "fs/text.h"

enum { BUFFERS = 512 }; /* sizes of programs' buffers are multiples of this */

static bool ends_with(const struct buf *b, const char *lines)
{
	size_t n = strlen(lines);
	return b->len > n && strncmp(b->at + b->len - n - 1, lines, n) == 0;
}

/* Add the piece to the list in b, which is the present one. A daemon that died over this request
 * may have added it already. */
static void piece_add(const struct req *r, const char *bytes, size_t len, struct buf *b)
{
	char *lines = message_clean(bytes, len);
	if (!r->again || !ends_with(b, lines))
		buf_add(b, bytes, len);
	free(lines);
}

/* Does this piece continue what the open file wrote so far? A file that is open to append continues
 * only half a line. */
static bool goes_on(const struct req *r, const struct text *t)
{
	if (t == NULL || t->len == 0 || r->off == 0)
		return false;
	return r->off == ROW_END ? t->at[t->len - 1] != '\n' : r->off == t->len;
}

static int written_meanwhile(void)
{
	return err_set(EINVAL, "another has written it meanwhile: give all of it again");
}

static int list_unknown(void)
{
	return err_set(EINVAL, "this goes on with a list that is not known: give all of it");
}

/* Join this piece of a list with those before it. -1: EINVAL */
static int list_join(
    const struct req *r, const struct node *n, const char *bytes, size_t len, struct buf *whole)
{
	const struct text *t = text_kept(node_inode(n), r->fh, TEXT_WRITTEN);
	bool on = goes_on(r, t);
	if (on && node_attr(n).mtime > t->made)
		return written_meanwhile();
	if (on)
		buf_add(whole, t->at, t->len);
	if (on || r->off == 0) {
		buf_add(whole, bytes, len);
		return 0;
	}
	n->row->kind->format(n->row, row_value(n->obj, n->row), whole);
	if (r->off != ROW_END && r->off != whole->len)
		return list_unknown();
	piece_add(r, bytes, len, whole);
	return 0;
}

/* ---- config ---- */

static const struct row *list_of_line(const struct obj *o, const char *line)
{
	char name[NAME_LEN + 1];
	size_t n = strcspn(line, "=\n");
	if (n > NAME_LEN || line[n] != '=')
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)n, line);
	const struct row *r = row_by_name(o->type, name);
	return r != NULL && r->kind != NULL && r->kind->lines != ONE_LINE ? r : NULL;
}

static size_t line_before(const char *text, size_t at)
{
	while (at > 0 && text[--at] == '\n')
		;
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

/* Where the part begins that the next piece goes on with; its list, or NULL. */
static size_t config_open(const struct obj *o, const struct text *t, const struct row **list)
{
	size_t at = t->len, from = at;
	if (t->end % BUFFERS == 0 && t->at[at - 1] != '\n')
		from = at = line_before(t->at, at);
	for (*list = NULL; at > 0;) {
		at = line_before(t->at, at);
		if (t->at[at] == '#')
			continue;
		const struct row *r = list_of_line(o, t->at + at);
		if (r == NULL || (*list != NULL && r != *list))
			break;
		*list = r;
		from = at;
	}
	return from;
}

/* Would this piece, of whose beginning nothing is known, replace a list that it perhaps goes on
 * with? Clients of a share append at the size that they were told. */
static bool list_may_go_on(const struct req *r, const struct node *n, const char *bytes, size_t len)
{
	if (r->off == 0 || r->off == ROW_END)
		return false;
	char *text = message_clean(bytes, len);
	bool list = list_of_line(n->obj, text) != NULL;
	free(text);
	struct buf now = {0};
	bool appends = list && n->row->show(n->obj, n->row, &now) == 0 && r->off == now.len;
	buf_finish(&now);
	return list && !appends;
}

static int config_join(
    const struct req *r, const struct node *n, const char *bytes, size_t len, struct buf *whole)
{
	const struct text *t = text_kept(node_inode(n), r->fh, TEXT_WRITTEN);
	struct node list = {n->obj, NULL, 0};
	if (t != NULL && t->len > 0 && (r->off == t->end || r->off == ROW_END)) {
		size_t from = config_open(n->obj, t, &list.row);
		if (list.row != NULL && node_attr(&list).mtime > t->made)
			return written_meanwhile();
		buf_add(whole, t->at + from, t->len - from);
	} else if (list_may_go_on(r, n, bytes, len)) {
		return list_unknown();
	}
	buf_add(whole, bytes, len);
	return 0;
}

/* ---- in force ---- */

/* change::size: how much of the text is put in force. change::off: where its last line begins if
 * that may be half a line; else its end. */
static int act_join(struct change *c)
{
	char *text = message_clean(c->text, c->size);
	int result = c->row->store != NULL ? c->row->store(c->obj, text)
					   : settings_set(c->obj, c->row, text);
	free(text);
	if (result == 0 || c->off == c->size)
		return result;
	c->size = c->off;
	change_take_back(c);
	return act_join(c);
}

static void piece_keep(const struct change *c)
{
	struct node n = {c->obj, c->row, 0};
	struct buf b = {0};
	buf_str(&b, c->text);
	const struct text *before = text_kept(node_inode(&n), c->req->fh, TEXT_WRITTEN);
	uint64_t from = c->req->off != ROW_END ? c->req->off : before != NULL ? before->end : 0;
	struct text *t = text_of(node_inode(&n), &b);
	t->end = from + c->req->size;
	text_keep(t->node, c->req->fh, TEXT_WRITTEN, c->uid, t);
	text_put(t);
}

static void answer_joined(struct change *c)
{
	char q[64];
	const char *half = c->text + c->size;
	if (c->req == NULL)
		return;
	piece_keep(c);
	req_wrote(c->req, c->req->size);
	if (*half == '\0')
		return;
	err_set(EINVAL, "\"%s\" is half a line, and not in force: give the rest of it",
	    word_quote(half, q, sizeof(q)));
	error_note(c->obj, c->row->name);
}

/* Where the last line begins if the buffer is full and the line has no end; else len. */
static size_t half_line(const struct buf *whole, size_t piece)
{
	const char *end = memrchr(whole->at, '\n', whole->len);
	if (piece == 0 || piece % BUFFERS != 0)
		return whole->len;
	return end != NULL ? (size_t)(end + 1 - whole->at) : 0;
}

void pieces_write(struct req *r, const struct node *n, const char *bytes, size_t len)
{
	struct buf whole = {0};
	int joined = (n->row->store != NULL ? config_join : list_join)(r, n, bytes, len, &whole);
	if (joined < 0 || message_check(buf_text(&whole), whole.len) < 0) {
		error_refuse(r, n->obj, n->row->name);
		buf_finish(&whole);
		return;
	}
	size_t size = whole.len, half = len > 0 ? half_line(&whole, len) : size;
	change_start(&(struct change){.obj = n->obj,
	    .req = r,
	    .row = n->row,
	    .what = n->row->name,
	    .text = buf_take(&whole, NULL),
	    .size = size,
	    .off = half,
	    .act = act_join,
	    .answer = answer_joined});
}
