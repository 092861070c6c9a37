#include "fs/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"

enum { NAMED = 256 };

int foreign_keep(struct obj *o, const char *key, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	if (key[0] < 'a' || key[0] > 'z' || strspn(key, plain) != strlen(key))
		return err_set(EBADMSG, "unknown line");
	char *all = xasprintf("%s%s %s\n", o->foreign != NULL ? o->foreign : "", key, value);
	free(o->foreign);
	o->foreign = all;
	return 0;
}

void foreign_save(const struct obj *o, struct buf *b)
{
	if (o->foreign != NULL)
		buf_str(b, o->foreign);
}

/* Add the name that this line is about: its key; of a setting or attributes the file. A list with
 * several lines is named once. */
static void name_add(char *line, struct buf *b)
{
	char *rest = line, *name = strsep(&rest, " ");
	if (rest != NULL && (strcmp(name, "set") == 0 || strcmp(name, "attr") == 0))
		name = strsep(&rest, " ");
	size_t n = strlen(name);
	if (b->len >= n && strcmp(buf_text(b) + b->len - n, name) == 0)
		return;
	buf_printf(b, "%s%s", b->len > 0 ? ", " : "", name);
}

int foreign_tell(const struct obj *o)
{
	if (o->foreign == NULL)
		return 0;
	struct buf names = {0};
	char *copy = xstrdup(o->foreign), *rest = copy;
	for (char *line; (line = word_line(&rest)) != NULL && names.len < NAMED;)
		name_add(line, &names);
	err_set(EBADMSG, "this warren does not know %.*s: a newer one wrote it, and finds it again",
	    NAMED, buf_text(&names));
	buf_finish(&names);
	free(copy);
	return -1;
}
