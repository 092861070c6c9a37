#include "fs/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"

enum { COLUMN = 18 };

/* ---- the groups: each row is in one ---- */

/* A file that one writes a question to and reads the answer from does not block at a read. */
static bool is_asked(const struct row *r)
{
	return r->bytes != NULL && r->begin == NULL;
}

static bool is_blocking(const struct row *r)
{
	return r->stream != NULL && !is_asked(r);
}

static bool is_told(const struct row *r)
{
	return r->commands != NULL || is_asked(r);
}

static bool is_set(const struct row *r)
{
	return r->kind != NULL || r->store != NULL;
}

static bool is_waiting(const struct row *r)
{
	return is_set(r) && (r->flags & (ROW_NEXT_BOOT | ROW_TRIED)) == ROW_NEXT_BOOT;
}

static bool is_live(const struct row *r)
{
	return is_set(r) && !is_waiting(r);
}

static bool is_dir(const struct row *r)
{
	return r->dir != NULL;
}

static bool is_read(const struct row *r)
{
	return !is_blocking(r) && !is_told(r) && !is_set(r) && !is_dir(r);
}

static const struct group {
	const char *title;
	bool (*has)(const struct row *);
} groups[] = {
    {"Commands and input, by echo:", is_told},
    {"Settings, by echo and cat, in force at once where that can be:", is_live},
    {"Settings, in force with the next boot:", is_waiting},
    {"To read, by cat:", is_read},
    {"Directories:", is_dir},
    {"Files that block: cat, grep and head wait there until there is something to read:",
	is_blocking},
};

/* ---- a line for each ---- */

/* The length of a name like nic0 without its number; 0: it is not numbered. */
static size_t stem_length(const char *name)
{
	size_t n = strlen(name);
	return n > 1 && isdigit((unsigned char)name[n - 1]) ? n - 1 : 0;
}

static bool is_next(const struct row *r, const struct row *next)
{
	size_t n = stem_length(r->name);
	return next != NULL && n > 0 && stem_length(next->name) == n &&
	       strncmp(r->name, next->name, n) == 0;
}

/* An example as one would type it into a shell. */
static void show_example(const struct row *r, struct buf *b)
{
	const char *quote = strpbrk(r->example, " ;{}\"$|<>*?") != NULL ? "'" : "";
	buf_printf(b, "  %-*s   echo %s%s%s > %s\n", COLUMN, "", quote, r->example, quote, r->name);
}

/* nic0 to nic7 are one line. Returns the last row that it tells of. */
static const struct row *show_row(const struct type *t, const struct row *r, struct buf *b)
{
	const struct row *last = r;
	for (const struct row *next; is_next(last, next = row_next(t, last));)
		last = next;
	char name[2 * NAME_LEN + 8];
	snprintf(name, sizeof(name), "%s%s%s", r->name, last != r ? " ... " : "",
	    last != r ? last->name : "");
	buf_printf(b, "  %-*s %s\n", COLUMN, name, r->help);
	if (r->example != NULL)
		show_example(r, b);
	return last;
}

static void show_group(const struct type *t, const struct group *g, struct buf *b)
{
	size_t before = b->len;
	const struct row *r = NULL;
	while ((r = row_next(t, r)) != NULL) {
		if (row_is_inside(r) || !g->has(r))
			continue;
		if (b->len == before)
			buf_printf(b, "\n%s\n", g->title);
		r = show_row(t, r, b);
	}
}

int help_show(struct obj *o, const struct row *r, struct buf *b)
{
	const struct row *slot = row_outside(o->type, r);
	if (slot != NULL) {
		buf_str(b, slot->dir->help);
		return 0;
	}
	buf_str(b, o->type->help);
	for (size_t i = 0; i < NELEM(groups); i++)
		show_group(o->type, &groups[i], b);
	return 0;
}
