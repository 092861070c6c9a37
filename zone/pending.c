#include "zone/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fs/error.h"
#include "fs/settings.h"
#include "zone/hostmount/hostmounts.h"
#include "zone/parts.h"
#include "zone/rlimits.h"

/* A setting as it was at the boot. */
struct booted {
	struct list link; /* zone::booted */
	const struct row *row;
	char *text; /* owned; NULL: not known, the daemon of the boot did not keep it */
};

/* The rows whose new values wait. */
static const struct row *waiting_next(const struct zone *z, const struct row *r)
{
	while ((r = row_next(z->l.obj.type, r)) != NULL)
		if (r->kind != NULL && (r->flags & ROW_NEXT_BOOT) != 0)
			return r;
	return NULL;
}

static struct booted *booted_find(const struct zone *z, const struct row *r)
{
	list_each(b, &z->booted, struct booted, link) {
		if (b->row == r)
			return b;
	}
	return NULL;
}

static struct booted *booted_add(struct zone *z, const struct row *r, char *text)
{
	struct booted *b = xcalloc(1, sizeof(*b));
	b->row = r;
	b->text = text;
	list_add_tail(&z->booted, &b->link);
	return b;
}

static void booted_drop(struct zone *z)
{
	list_each(b, &z->booted, struct booted, link) {
		list_del(&b->link);
		free(b->text);
		free(b);
	}
}

/* The present text of a row that waits, the caller's; NULL: it does not wait. */
static char *waiting_text(const struct zone *z, const struct booted *b)
{
	char *now = settings_row_text((struct obj *)(uintptr_t)&z->l.obj, b->row);
	if (b->text != NULL && strcmp(now, b->text) == 0) {
		free(now);
		return NULL;
	}
	return now;
}

/* ---- what is read ---- */

/* Is a live setting not in force yet? Host mounts are in force at once, except for those whose
 * mount points can't be made in a read-only root; rlimits, except where a process has a lower hard
 * one. */
static bool is_held_up(const struct zone *z, const struct row *r)
{
	return (r->check == mounts_check && z->hostmounts.waits > 0) ||
	       (r->check == rlimits_check && rlimits_wait(z));
}

void pending_names(struct zone *z, struct buf *b)
{
	const struct row *r = NULL;
	list_each(at, &z->booted, struct booted, link) {
		char *now = waiting_text(z, at);
		if (now != NULL)
			buf_printf(b, " %s", at->row->name);
		free(now);
	}
	while ((r = row_next(z->l.obj.type, r)) != NULL)
		if (is_held_up(z, r))
			buf_printf(b, " %s", r->name);
}

const char *pending_booted(const struct zone *z, const struct row *r)
{
	const struct booted *b = booted_find(z, r);
	return b != NULL ? b->text : NULL;
}

bool pending_waits(const struct zone *z, const struct row *r)
{
	const struct booted *b = booted_find(z, r);
	char *now = b != NULL ? waiting_text(z, b) : NULL;
	bool waits = now != NULL;
	free(now);
	return waits;
}

void pending_now(struct zone *z, const struct row *r, const char *text)
{
	struct booted *b = booted_find(z, r);
	if (b == NULL)
		return;
	free(b->text);
	b->text = xstrdup(text);
	obj_changed(&z->l.obj);
}

void pending_taken(struct zone *z, const struct row *r)
{
	char *text = settings_row_text(&z->l.obj, r);
	pending_now(z, r, text);
	free(text);
}

/* Add a text as one word for word_split(): lines of a list follow one another. */
static void word_put(const char *text, struct buf *b)
{
	size_t n = strlen(text);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	if (n == 0)
		buf_str(b, " none");
	else if (strcspn(text, " \t\n'\"\\") >= n)
		buf_printf(b, " %.*s", (int)n, text);
	else {
		buf_str(b, " \"");
		for (size_t i = 0; i < n; i++) {
			if (strchr("\"\\", text[i]) != NULL)
				buf_str(b, "\\");
			buf_add(b, text[i] == '\n' ? " " : &text[i], 1);
		}
		buf_str(b, "\"");
	}
}

static void line_put(const struct booted *at, const char *now, struct buf *b)
{
	buf_str(b, at->row->name);
	if (now != NULL) {
		word_put(at->text != NULL ? at->text : "-", b);
		word_put(now, b);
	}
	buf_str(b, "\n");
}

/* Show only the name of what the asker may not read, and of host mounts. */
int pending_show(struct obj *o, const struct row *self, uid_t asker, struct buf *b)
{
	struct zone *z = zone_of(o);
	const struct row *r = NULL;
	(void)self;
	list_each(at, &z->booted, struct booted, link) {
		char *now = waiting_text(z, at);
		if (now != NULL)
			line_put(at, error_may_read(o, at->row, asker) ? now : NULL, b);
		free(now);
	}
	while ((r = row_next(o->type, r)) != NULL)
		if (is_held_up(z, r))
			buf_printf(b, "%s\n", r->name);
	return 0;
}

/* ---- as a part of its zone ---- */

static void init(struct zone *z)
{
	list_init(&z->booted);
}

static int begin(struct zone *z, struct zone_request *request)
{
	const struct row *r = NULL;
	(void)request;
	booted_drop(z);
	while ((r = waiting_next(z, r)) != NULL)
		booted_add(z, r, settings_row_text(&z->l.obj, r));
	return 0;
}

static void drop_unless_runs(struct zone *z)
{
	if (!zone_runs(z))
		booted_drop(z);
}

static bool was_written(const struct zone *z, const struct row *r)
{
	struct node n = {(struct obj *)(uintptr_t)&z->l.obj, r, 0};
	return node_attr(&n).mtime / 1000 > z->started;
}

/* Use what an earlier daemon kept of a running zone; files that were not written are as at the
 * boot. */
static void found(struct zone *z)
{
	const struct row *r = NULL;
	drop_unless_runs(z);
	while (zone_runs(z) && (r = waiting_next(z, r)) != NULL)
		if (booted_find(z, r) == NULL)
			booted_add(
			    z, r, was_written(z, r) ? NULL : settings_row_text(&z->l.obj, r));
}

/* Save "booted FILE =LINE" for each line of the text at the boot, for files written since. */
static void save_one(const struct booted *at, struct buf *b)
{
	for (const char *line = at->text; line != NULL;) {
		size_t n = strcspn(line, "\n");
		buf_printf(b, "booted %s =%.*s\n", at->row->name, (int)n, line);
		line = line[n] == '\n' && line[n + 1] != '\0' ? line + n + 1 : NULL;
	}
}

static void save(const struct zone *z, struct buf *b)
{
	list_each(at, &z->booted, const struct booted, link)
		if (zone_runs(z) && was_written(z, at->row))
			save_one(at, b);
}

/* An empty text has no line. */
static void booted_append(struct booted *b, const char *line)
{
	if (*line == '\0')
		return;
	char *more = xasprintf("%s%s\n", b->text, line);
	free(b->text);
	b->text = more;
}

/* When a change is undone all of this is known already. */
static int load(struct zone *z, const char *key, char *value)
{
	if (strcmp(key, "booted") != 0)
		return 1;
	char *line = value, *name = strsep(&line, " ");
	const struct row *r = row_by_name(z->l.obj.type, name);
	if (r == NULL || line == NULL || *line != '=' || z->state != ZONE_CONFIGURED)
		return 0; /* also a file of another version */
	struct booted *b = booted_find(z, r);
	booted_append(b != NULL ? b : booted_add(z, r, xstrdup("")), line + 1);
	return 0;
}

const struct zone_part pending_part = {.init = init,
    .save = save,
    .load = load,
    .begin = begin,
    .entered = drop_unless_runs,
    .found = found,
    .destroy = booted_drop};
