#include "fs/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/error.h"

enum { NAMED = 256 };

static void line_keep(struct obj *o, const char *key, const char *value)
{
	char *all = xasprintf("%s%s %s\n", o->foreign != NULL ? o->foreign : "", key, value);
	free(o->foreign);
	o->foreign = all;
}

int foreign_keep(struct obj *o, const char *key, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	if (key[0] < 'a' || key[0] > 'z' || strspn(key, plain) != strlen(key))
		return err_set(EBADMSG, "unknown line");
	line_keep(o, key, value);
	return 0;
}

/* ---- values ---- */

/* In the line "set NAME VALUE": where VALUE begins; NULL: it is another line. */
static const char *value_in(const char *line, const struct row *r)
{
	size_t n = strlen(r->name);
	if (strncmp(line, "set ", 4) != 0 || strncmp(line + 4, r->name, n) != 0 ||
	    line[4 + n] != ' ')
		return NULL;
	return line + 4 + n + 1;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');
	return end != NULL && end[1] != '\0' ? end + 1 : NULL;
}

static const char *value_find(const struct obj *o, const struct row *r)
{
	const char *value = NULL;
	for (const char *l = o->foreign; l != NULL && value == NULL; l = next_line(l))
		value = value_in(l, r);
	return value;
}

void foreign_keep_value(struct obj *o, const struct row *r, const char *value)
{
	char *key = xasprintf("set %s", r->name), *copy = xstrdup(value), *rest = copy;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		line_keep(o, key, line);
	free(copy);
	free(key);
}

bool foreign_has_value(const struct obj *o, const struct row *r)
{
	return value_find(o, r) != NULL;
}

void foreign_drop_value(struct obj *o, const struct row *r)
{
	struct buf others = {0};
	if (!foreign_has_value(o, r))
		return;
	for (const char *l = o->foreign; l != NULL; l = next_line(l))
		if (value_in(l, r) == NULL)
			buf_printf(&others, "%.*s\n", (int)strcspn(l, "\n"), l);
	free(o->foreign);
	o->foreign = others.len > 0 ? buf_take(&others, NULL) : NULL;
	buf_finish(&others);
	error_over(o, "settings");
}

int foreign_check_values(const struct obj *o)
{
	const struct row *r = NULL;
	while (o->foreign != NULL && (r = row_next(o->type, r)) != NULL) {
		const char *value = r->kind != NULL ? value_find(o, r) : NULL;
		if (value == NULL)
			continue;
		char *line = xstrndup(value, strcspn(value, "\n")), q[64];
		err_set(EOPNOTSUPP,
		    "%s: \"%s\" is of a newer warren: write what this one knows, or use that",
		    r->name, word_quote(line, q, sizeof(q)));
		free(line);
		return -1;
	}
	return 0;
}

/* ---- all of them ---- */

void foreign_save(const struct obj *o, struct buf *b)
{
	if (o->foreign != NULL)
		buf_str(b, o->foreign);
}

/* Add the name that this line is about: its key; of a setting or attributes the file. A list with
 * several lines is named once. */
static void name_add(const struct obj *o, char *line, struct buf *b)
{
	char *rest = line, *name = strsep(&rest, " ");
	bool value = strcmp(name, "set") == 0;
	if (rest != NULL && (strcmp(name, "set") == 0 || strcmp(name, "attr") == 0))
		name = strsep(&rest, " ");
	size_t n = strlen(name);
	if (b->len >= n && strcmp(buf_text(b) + b->len - n, name) == 0)
		return;
	value = value && row_by_name(o->type, name) != NULL;
	buf_printf(b, "%s%s%s", b->len > 0 ? ", " : "", value ? "what is in " : "", name);
}

int foreign_tell(const struct obj *o)
{
	if (o->foreign == NULL)
		return 0;
	struct buf names = {0};
	char *copy = xstrdup(o->foreign), *rest = copy;
	for (char *line; (line = word_line(&rest)) != NULL && names.len < NAMED;)
		name_add(o, line, &names);
	err_set(EBADMSG, "this warren does not know %.*s: a newer one wrote it, and finds it again",
	    NAMED, buf_text(&names));
	buf_finish(&names);
	free(copy);
	return -1;
}
