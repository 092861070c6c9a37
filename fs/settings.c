#include "fs/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/authored.h"
#include "fs/change.h"
#include "fs/foreign.h"

/* ---- one row ---- */

static void put_value(struct obj *o, const struct row *r, union value v)
{
	union value *at = row_value(o, r);
	if (r->kind->owned)
		free(at->p);
	*at = v;
}

void settings_unset(struct obj *o, const struct row *r)
{
	union value v = {0};
	if (r->unset != NULL) {
		char *text = xstrdup(r->unset);
		r->kind->parse(r, text, &v);
		free(text);
	}
	put_value(o, r, v);
	if ((r->flags & ROW_AUTHOR) != 0)
		authored_forget(o, r);
}

char *settings_row_text(struct obj *o, const struct row *r)
{
	struct buf b = {0};
	r->kind->format(r, row_value(o, r), &b);
	return buf_take(&b, NULL);
}

static int parse(const struct row *r, char *text, union value *v)
{
	if (!r->kind->lines && strchr(text, '\n') != NULL)
		return err_set(EINVAL, "there is more than one line: %s", r->wanted);
	return r->kind->parse(r, text, v);
}

static bool is_same(struct obj *o, const struct row *r, union value v)
{
	struct buf a = {0}, b = {0};
	r->kind->format(r, row_value(o, r), &a);
	r->kind->format(r, &v, &b);
	bool equal = strcmp(buf_text(&a), buf_text(&b)) == 0;
	buf_finish(&a);
	buf_finish(&b);
	return equal;
}

/* 1: the value is new and stored; 0: it was the same; -1 */
static int value_put(struct obj *o, const struct row *r, char *text)
{
	union value v = {0};
	if (parse(r, text, &v) < 0)
		return -1;
	if (is_same(o, r, v) && !foreign_has_value(o, r)) {
		if (r->kind->owned)
			free(v.p);
		return 0;
	}
	foreign_drop_value(o, r);
	put_value(o, r, v); /* a refusal later puts the old one back (change.c) */
	change_touch(o, r);
	return 1;
}

int settings_set(struct obj *o, const struct row *r, char *text)
{
	if (*text == '\0')
		return 0;
	int new = value_put(o, r, text);
	/* the same text may have another author now, who may open less, or more */
	int others = new < 0 ? -1 : authored_note(o, r);
	if (others < 0 || (r->check != NULL && r->check(o, r) < 0))
		return -1;
	if (others > 0)
		change_touch(o, r);
	bool due = new > 0 || others > 0 || (r->flags & ROW_ANEW) != 0;
	return due && r->apply != NULL ? r->apply(o, r) : 0;
}

/* ---- on disk ---- */

static void save_attr(const char *name, const struct attr *a, struct buf *b)
{
	buf_printf(b, "attr %s %o %u %u %" PRId64 " %" PRId64 "\n", name, a->mode, a->uid, a->gid,
	    a->mtime, a->ctime);
}

/* "KEY NAME LINE" for each line of the value */
static void save_lines(const char *key, const char *name, char *text, char between, struct buf *b)
{
	for (char *line; (line = word_line(&text)) != NULL;)
		buf_printf(b, "%s%s%c%s\n", key, name, between, line);
}

static bool is_unset(struct obj *o, const struct row *r)
{
	union value v = {0};
	if (r->unset != NULL) {
		char *text = xstrdup(r->unset);
		r->kind->parse(r, text, &v);
		free(text);
	}
	bool equal = is_same(o, r, v);
	if (r->kind->owned)
		free(v.p);
	return equal;
}

void settings_save(const struct obj *co, struct buf *b)
{
	struct obj *o = (struct obj *)(uintptr_t)co; /* row_value serves both */
	buf_printf(b, "warren-object 1\nkind %s\nid %" PRIu64 "\nname %s\nmaker %u %u\n",
	    o->type->name, o->id, o->name, o->maker_uid, o->maker_gid);
	buf_printf(b, "changed %" PRId64 "\n", o->changed);
	save_attr(".", &o->attr, b);
	for (size_t i = 0; i < o->nrows; i++) {
		const struct row *r = row_by_no(o->type, o->rows[i].no);
		if (r != NULL)
			save_attr(r->name, &o->rows[i].attr, b);
	}
	if (o->type->save != NULL)
		o->type->save(o, b);
	const struct row *r = NULL;
	while ((r = row_next(o->type, r)) != NULL) {
		bool unset = r->kind == NULL || is_unset(o, r);
		if (r->kind == NULL || (unset && !foreign_has_value(o, r)))
			continue;
		authored_save(o, r, b);
		char *text = settings_row_text(o, r);
		if (!unset)
			save_lines("set ", r->name, text, ' ', b);
		free(text);
	}
	foreign_save(o, b);
	buf_str(b, "end\n");
}

char *settings_text(const struct obj *o)
{
	struct buf b = {0};
	settings_save(o, &b);
	return buf_take(&b, NULL);
}

static int load_attr(struct obj *o, const char *value)
{
	char name[NAME_LEN + 1];
	struct attr a;
	struct node n = {o, NULL, 0};
	int end = 0, n_read = sscanf(value, "%63s %o %u %u %" SCNd64 " %" SCNd64 "%n", name,
			 &a.mode, &a.uid, &a.gid, &a.mtime, &a.ctime, &end);
	if (n_read < 5 || a.mode > 07777)
		return err_set(EBADMSG, "bad attributes");
	if (n_read == 5) /* of a version that did not keep it */
		a.ctime = a.mtime;
	if (strcmp(name, ".") != 0 && (n.row = row_by_name(o->type, name)) == NULL) {
		int seals = authored_load_seals(o, name, value + end);
		return seals == 1 ? foreign_keep(o, "attr", value) : seals;
	}
	node_set_attr(&n, &a);
	return 0;
}

/* A value that is being read: the lines of a list come one after the other. */
struct loading {
	struct obj *obj;
	const struct row *row; /* NULL: none */
	struct buf text;
	bool ended;
};

static void load_value(struct loading *l)
{
	union value v = {0};
	const struct row *r = l->row;
	if (r == NULL)
		return;
	l->row = NULL;
	char *value = buf_take(&l->text, NULL), *copy = xstrdup(value);
	if (parse(r, copy, &v) == 0)
		put_value(l->obj, r, v);
	else
		foreign_keep_value(l->obj, r, value);
	err_clear();
	free(copy);
	free(value);
}

static int foreign_set(struct obj *o, const char *name, const char *value)
{
	char *both = xasprintf("%s %s", name, value);
	int result = foreign_keep(o, "set", both);
	free(both);
	return result;
}

static int load_set(struct loading *l, char *value)
{
	char *name = strsep(&value, " ");
	const struct row *r = row_by_name(l->obj->type, name);
	if (value == NULL || !word_is_name(name) || (r != NULL && r->kind == NULL))
		return err_set(EBADMSG, "no such setting");
	if (r != l->row)
		load_value(l);
	if (r == NULL)
		return foreign_set(l->obj, name, value);
	if (l->row != NULL)
		buf_str(&l->text, "\n");
	l->row = r;
	buf_str(&l->text, value);
	if (!r->kind->lines)
		load_value(l);
	return 0;
}

static int load_own(struct obj *o, char *key, char *value)
{
	if (strcmp(key, "attr") == 0)
		return load_attr(o, value);
	if (strcmp(key, "maker") == 0)
		return sscanf(value, "%u %u", &o->maker_uid, &o->maker_gid) == 2
			   ? 0
			   : err_set(EBADMSG, "bad maker");
	if (strcmp(key, "changed") == 0)
		return sscanf(value, "%" SCNd64, &o->changed) == 1 ? 0
								   : err_set(EBADMSG, "bad time");
	if (strcmp(key, "name") == 0) {
		if (!word_is_name(value) && o->parent != NULL)
			return err_set(EBADMSG, "bad name");
		if (strcmp(o->name, value) != 0)
			obj_rename(o, value);
		return 0;
	}
	if (strcmp(key, "warren-object") == 0 || strcmp(key, "kind") == 0 || strcmp(key, "id") == 0)
		return 0;
	char *line = xstrdup(value); /* load may take it apart */
	int result = authored_load(o, key, value);
	if (result == 1 && o->type->load != NULL)
		result = o->type->load(o, key, value);
	if (result == 1)
		result = foreign_keep(o, key, line);
	free(line);
	return result;
}

static int load_line(struct loading *l, char *line)
{
	char *value = line, *key = strsep(&value, " ");
	if (l->ended)
		return err_set(EBADMSG, "it goes on behind its end");
	if (strcmp(key, "end") == 0 && value == NULL) {
		l->ended = true;
		load_value(l);
		return 0;
	}
	if (value == NULL)
		return err_set(EBADMSG, "half a line");
	return strcmp(key, "set") == 0 ? load_set(l, value) : load_own(l->obj, key, value);
}

static void unset_all(struct obj *o)
{
	const struct row *r = NULL;
	while ((r = row_next(o->type, r)) != NULL)
		if (r->kind != NULL)
			settings_unset(o, r);
	free(o->rows);
	o->rows = NULL;
	o->nrows = 0;
	free(o->foreign);
	o->foreign = NULL;
}

int settings_load(struct obj *o, const char *text)
{
	struct loading l = {.obj = o};
	char *copy = xstrdup(text), *rest = copy;
	int result = 0, number = 0;
	unset_all(o);
	for (char *line; result == 0 && (line = word_line(&rest)) != NULL;) {
		number++;
		result = load_line(&l, line);
	}
	if (result == 0 && !l.ended)
		result = err_set(EBADMSG, "it is cut off");
	if (result < 0)
		err_wrap("line %d of the settings file", number);
	buf_finish(&l.text);
	free(copy);
	return result;
}

int settings_head(const char *text, char *kind, size_t ksize, char *name, size_t nsize)
{
	char k[16], n[NAME_LEN + 1] = "";
	if (sscanf(text, "warren-object 1\nkind %15s\nid %*u\nname %63[^\n]", k, n) < 1)
		return err_set(EBADMSG, "this is no settings file of warren's");
	snprintf(kind, ksize, "%s", k);
	snprintf(name, nsize, "%s", n);
	return 0;
}

/* ---- config ---- */

int config_show(struct obj *o, const struct row *self, struct buf *b)
{
	const struct row *r = NULL;
	(void)self;
	while ((r = row_next(o->type, r)) != NULL) {
		if (r->kind == NULL)
			continue;
		char *text = settings_row_text(o, r);
		if (*text == '\0')
			buf_printf(b, "%s=\n", r->name);
		save_lines("", r->name, text, '=', b);
		free(text);
	}
	return 0;
}

/* All lines that name this row, as one text; NULL: none does. */
static char *config_lines(const struct row *r, const char *text)
{
	struct buf b = {0};
	size_t n = strlen(r->name);
	bool named = false;
	for (const char *line = text; line != NULL && *line != '\0';) {
		const char *end = strchrnul(line, '\n');
		if (strncmp(line, r->name, n) == 0 && line[n] == '=') {
			const char *value = line + n + 1;
			named = true;
			if (value < end && b.len > 0)
				buf_str(&b, "\n");
			buf_add(&b, value, (size_t)(end - value));
		}
		line = *end != '\0' ? end + 1 : NULL;
	}
	if (!named)
		buf_finish(&b);
	return named ? buf_take(&b, NULL) : NULL;
}

static int no_setting(const struct obj *o, const char *name)
{
	char q[64];
	bool other = row_by_name(o->type, name) != NULL; /* no typing error, then */
	const struct row *meant = other ? NULL : row_nearest(o->type, name, true);
	return err_set(EINVAL,
	    "\"%s\" is not a file that can be set: %s%s lines of FILE=VALUE as in cat config",
	    word_quote(name, q, sizeof(q)), meant != NULL ? meant->name : "",
	    meant != NULL ? "? Give" : "give");
}

/* Every line must be FILE=VALUE with a FILE that can be set. */
static int config_check(struct obj *o, const char *text)
{
	int result = 0;
	char *copy = xstrdup(text), *rest = copy, q[64];
	for (char *line; result == 0 && (line = word_line(&rest)) != NULL;) {
		char *equals = strchr(line, '=');
		if (equals != NULL)
			*equals = '\0';
		const struct row *r = row_by_name(o->type, line);
		if (equals == NULL)
			result = err_set(EINVAL,
			    "\"%s\" has no =: give lines of FILE=VALUE as in cat config",
			    word_quote(line, q, sizeof(q)));
		else if (r == NULL || r->kind == NULL)
			result = no_setting(o, line);
		else if (equals[1] == '\0' && !r->kind->lines)
			result = err_set(EINVAL, "%s has no value: %s", r->name, r->wanted);
	}
	free(copy);
	return result;
}

/* Whoever may write config may set by it what he may write file by file, and nothing else. */
static int config_allowed(struct obj *o, const struct row *r)
{
	struct node n = {o, r, 0};
	struct attr a = node_attr(&n);
	struct author who;
	if (change_author(&who) < 0)
		return -1;
	mode_t mine = who.uid == a.uid ? 0200 : author_in(&who, a.gid) ? 0020 : 0002;
	if (who.uid == 0 || (a.mode & mine) != 0)
		return 0;
	return err_set(EPERM, "it is not yours to write: leave its line out, or ask root");
}

enum { CONFIG_PUT, CONFIG_CHECK, CONFIG_APPLY, CONFIG_STEPS };
enum { ROW_NUMBERS = 1024 };

/* named: 1 for each row that the text names, 2 if its value is new */
static int config_step(struct obj *o, const struct row *r, int step, char *text, uint8_t *named)
{
	if (step == CONFIG_CHECK && *named == 2 && authored_note(o, r) < 0)
		return -1;
	if (step == CONFIG_CHECK)
		return *named == 2 && r->check != NULL ? r->check(o, r) : 0;
	if (step == CONFIG_APPLY)
		return *named == 2 && r->apply != NULL ? r->apply(o, r) : 0;
	char *lines = r->kind != NULL ? config_lines(r, text) : NULL;
	if (lines == NULL)
		return 0;
	int new = config_allowed(o, r) < 0 ? -1 : value_put(o, r, lines);
	*named = new > 0 ? 2 : 1;
	free(lines);
	return new < 0 ? -1 : 0;
}

/* All values are stored before the first is checked: a cap and the baseline below it may both be
 * new, in any order. */
int config_store(struct obj *o, char *text)
{
	uint8_t named[ROW_NUMBERS] = {0};
	int result = config_check(o, text);
	for (int step = CONFIG_PUT; step < CONFIG_STEPS; step++) {
		const struct row *r = NULL;
		while (result == 0 && (r = row_next(o->type, r)) != NULL) {
			result = config_step(o, r, step, text, &named[r->no]);
			if (result < 0)
				err_wrap("%s", r->name);
		}
	}
	return result;
}
