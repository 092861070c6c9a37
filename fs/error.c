#include "fs/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "fs/text.h"

/* The object whose file `error` is used for o, and the name that o has in it: a plain file has no
 * `error` of its own. The caller frees the name. */
static char *error_place(struct obj **o, const char *file)
{
	const struct obj *part = *o;
	if (part->type->file == NULL)
		return xstrdup(file);
	*o = part->parent;
	return xasprintf("%s/%s", part->slot->name, part->name);
}

void error_note(struct obj *o, const char *file)
{
	if (o->unreadable && o->error_stays && err_code() == EIO)
		return; /* for the reason that it tells of already */
	char *name = error_place(&o, file);
	char *line = xasprintf("%s: %s", name, err_text());
	free(name);
	free(o->error);
	o->error = line;
	o->error_stays = o->error_passes = false;
	o->error_changed = now_ns();
	o->version++;
	log_debug("%s: refused: %s", o->name[0] != '\0' ? o->name : "/", line);
}

void error_clear(struct obj *o)
{
	free(o->error);
	o->error = NULL;
	o->error_stays = o->error_passes = false;
	o->error_changed = now_ns();
	o->version++;
}

void error_over(struct obj *o, const char *file)
{
	char *name = error_place(&o, file);
	size_t n = strlen(name);
	bool same = o->error != NULL && strncmp(o->error, name, n) == 0 &&
		    strncmp(o->error + n, ": ", 2) == 0;
	if (o->error_passes || (same && !o->error_stays))
		error_clear(o);
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

bool error_may_read(struct obj *o, const struct row *r, uid_t asker)
{
	struct attr a = node_attr(&(struct node){o, r, 0});
	return (a.mode & S_IROTH) != 0 || asker == 0 || (asker == a.uid && (a.mode & S_IRUSR) != 0);
}

void error_tell(struct obj *o, const char *line, uid_t asker, struct buf *b)
{
	size_t len;
	const struct row *secret = secret_row(o, line, &len);
	if (secret != NULL && !error_may_read(o, secret, asker))
		buf_printf(b, "%.*swhat is wrong is for its owner and root alone: ask them\n",
		    (int)len, line);
	else
		buf_printf(b, "%s\n", line);
}

int error_show(struct obj *o, const struct row *r, uid_t asker, struct buf *b)
{
	(void)r;
	if (o->error != NULL)
		error_tell(o, o->error, asker, b);
	return 0;
}

static void line_keep(const struct req *r, const char *file)
{
	struct buf b = {0};
	buf_printf(&b, "%s: %s\n", file, err_text());
	struct text *t = text_of(number_inode(r->node), &b);
	text_keep(t->node, r->fh, TEXT_REFUSED, r->uid, t);
	text_put(t);
}

void error_refuse(struct req *r, struct obj *o, const char *file)
{
	int code = err_code();
	bool again = code == EAGAIN || code == EBUSY || code == ETIMEDOUT;
	if (r->reads)
		line_keep(r, file);
	error_note(o, file);
	req_fail(r, again ? EIO : code);
}

void error_refuse_read(struct req *r, const struct node *n)
{
	struct obj *o = n->obj;
	int code = err_code();
	bool his = r->uid == 0 || r->uid == node_attr(n).uid;
	if (o->error == NULL || (his && !o->error_stays)) {
		error_note(o, n->row->name);
		o->error_passes = true;
	}
	req_fail(r, code);
}
