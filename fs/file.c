#include "fs/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/ctl.h"
#include "fs/stream.h"
#include "fs/text.h"

static void read_text(struct req *r, const struct node *n)
{
	uint64_t node = node_inode(n);
	bool plain = n->row->put != NULL; /* not one moment, but the bytes of now */
	struct text *t = r->off > 0 && !plain ? text_kept(node, r->fh) : NULL;
	if (t == NULL) {
		if ((t = text_now(n, r->uid)) == NULL) {
			req_fail(r, err_code());
			return;
		}
		text_keep(node, r->fh, r->uid, t);
	} else {
		t->refs++;
	}
	size_t off = r->off < t->len ? (size_t)r->off : t->len;
	size_t len = t->len - off < r->size ? t->len - off : r->size;
	req_bytes(r, t->at + off, len);
	text_put(t);
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
}

void file_stat(const struct node *n, uid_t asker, uint64_t *size, int64_t *mtime)
{
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
		*size = stream_size(n);
		return;
	}
	err_clear();
	struct text *t = text_now(n, asker);
	if (t != NULL)
		*size = t->len;
	if (t != NULL && (n->row->flags & ROW_COUNTER) != 0)
		*mtime = t->made;
	else if (n->row->kind == NULL && (n->row->show != NULL || n->row->show_to != NULL) &&
		 n->row->put == NULL)
		*mtime = n->obj->changed;
	if (t != NULL)
		text_put(t);
}

/* ---- the file error ---- */

/* Whose error tells of o, and by which name: a plain file has none of its own. The caller's. */
static char *error_place(struct obj **o, const char *file)
{
	const struct obj *part = *o;
	if (part->type->file == NULL)
		return xstrdup(file);
	*o = part->parent;
	return xasprintf("%s/%s", part->slot->name, part->name);
}

void file_note_error(struct obj *o, const char *file)
{
	char *name = error_place(&o, file);
	char *line = xasprintf("%s: %s", name, err_text());
	free(name);
	free(o->error);
	o->error = line;
	o->error_stays = false;
	o->version++;
	log_debug("%s: refused: %s", o->name[0] != '\0' ? o->name : "/", line);
}

void file_clear_error(struct obj *o)
{
	free(o->error);
	o->error = NULL;
	o->error_stays = false;
	o->version++;
}

void file_succeeded(struct obj *o, const char *file)
{
	char *name = error_place(&o, file);
	size_t n = strlen(name);
	if (o->error != NULL && !o->error_stays && strncmp(o->error, name, n) == 0 &&
	    strncmp(o->error + n, ": ", 2) == 0)
		file_clear_error(o);
	free(name);
}

/* The setting that not everybody may read of which a line of error tells, as one of the names that
 * it begins with: "ctl: boot: mounts: ...". NULL: none. *len is set to where they end. */
static const struct row *secret_row(struct obj *o, const char *line, size_t *len)
{
	const struct row *r = NULL;
	char word[NAME_LEN + 1];
	*len = 0;
	while (r == NULL) {
		size_t n = strcspn(line + *len, ": ");
		if (n > NAME_LEN || strncmp(line + *len + n, ": ", 2) != 0)
			return NULL;
		memcpy(word, line + *len, n);
		word[n] = '\0';
		*len += n + 2;
		r = row_by_name(o->type, word);
		if (r != NULL &&
		    (r->kind == NULL || (node_attr(&(struct node){o, r, 0}).mode & S_IROTH) != 0))
			r = NULL;
	}
	return r;
}

static bool may_read(struct obj *o, const struct row *r, uid_t asker)
{
	struct attr a = node_attr(&(struct node){o, r, 0});
	return asker == 0 || (asker == a.uid && (a.mode & S_IRUSR) != 0);
}

void file_tell(struct obj *o, const char *line, uid_t asker, struct buf *b)
{
	size_t len;
	const struct row *secret = secret_row(o, line, &len);
	if (secret != NULL && !may_read(o, secret, asker))
		buf_printf(b, "%.*swhat is wrong is for its owner and root alone: ask them\n",
		    (int)len, line);
	else
		buf_printf(b, "%s\n", line);
}

int file_show_error(struct obj *o, const struct row *r, uid_t asker, struct buf *b)
{
	(void)r;
	if (o->error != NULL)
		file_tell(o, o->error, asker, b);
	return 0;
}

void file_refuse(struct req *r, struct obj *o, const char *file)
{
	int code = err_code();
	bool again = code == EAGAIN || code == EBUSY || code == ETIMEDOUT;
	file_note_error(o, file);
	req_fail(r, again ? EIO : code);
}

/* ---- writing ---- */

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
	/* a set-uid program that was given this file as its stderr does not speak for its own user
	 */
	uid_t opener = stream_opener(r->fh);
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
