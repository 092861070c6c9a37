#include "fs/ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/error.h"

static const struct command_row *last(const struct command_row *c)
{
	while (c[1].name != NULL)
		c++;
	return c;
}

const struct command_row *command_next(
    const struct type *t, const struct row *r, const struct command_row *c)
{
	if (c[1].name != NULL)
		return c + 1;
	return c == last(r->commands) ? t->commands : NULL;
}

void ctl_usage(const struct obj *o, const struct row *r, struct buf *b)
{
	unsigned state = o->type->state != NULL ? o->type->state(o) : 0;
	const struct command_row *c = r->commands;
	for (; c != NULL; c = command_next(o->type, r, c))
		if (c->states == 0 || (c->states & state) != 0)
			buf_printf(b, "# %s\n", c->usage);
}

/* Is it one of the blank-separated words that other tools have for this? */
static bool is_called(const struct command_row *v, const char *word)
{
	size_t n = strlen(word);
	const char *at = n > 0 && v->elsewhere != NULL ? v->elsewhere : "";
	for (; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == n && strncmp(at, word, n) == 0)
			return true;
	return false;
}

/* NULL: none is near. */
static const struct command_row *command_nearest(const struct command *c, const char *word)
{
	const struct command_row *best = NULL;
	const struct command_row *v = c->row->commands;
	unsigned least = WORD_FAR;
	for (; v != NULL; v = command_next(c->obj->type, c->row, v)) {
		unsigned slips = is_called(v, word) ? 0 : word_slips(word, v->name);
		if (slips < least) {
			least = slips;
			best = v;
		}
	}
	return best;
}

static int command_unknown(const struct command *c, const char *word)
{
	const struct command_row *all = c->row->commands;
	const struct command_row *meant = command_nearest(c, word);
	struct buf b = {0};
	char q[64];
	if (meant != NULL)
		buf_printf(&b, "%s? Give", meant->name);
	else
		buf_str(&b, "give");
	for (const struct command_row *v = all; v != NULL;
	     v = command_next(c->obj->type, c->row, v))
		buf_printf(&b, "%s %s", v == all ? " one of" : ",", v->name);
	err_set(
	    EINVAL, "\"%s\" is not a command: %s", word_quote(word, q, sizeof(q)), buf_text(&b));
	buf_finish(&b);
	return -1;
}

static int find_verb(struct command *c, const char *word)
{
	for (c->verb = c->row->commands; c->verb != NULL;
	     c->verb = command_next(c->obj->type, c->row, c->verb))
		if (strcmp(c->verb->name, word) == 0)
			return 0;
	return command_unknown(c, word);
}

static int run_line(struct command *c, char *line)
{
	if (c->obj->removing) /* by a line before */
		return err_set(ENOENT, "it is gone: give destroy last");
	int n = word_split(line, c->words, NELEM(c->words));
	if (n < 0 || find_verb(c, c->words[0]) < 0)
		return -1;
	c->argc = n - 1;
	c->argv = c->words + 1;
	if (c->argc < c->verb->min || c->argc > c->verb->max)
		return err_set(EINVAL, "%s has the wrong number of words: give %s", c->verb->name,
		    c->verb->usage);
	c->inside = true;
	c->ended = false;
	c->wants = 0; /* of the line before */
	int result = c->verb->run(c->obj, c);
	c->inside = false;
	return !c->ended ? result : c->well ? 0 : -1;
}

static void command_finish(struct command *c, bool ok)
{
	list_del(&c->link);
	if (c->req != NULL && ok)
		req_wrote(c->req, c->size);
	else if (c->req != NULL)
		error_refuse(c->req, c->obj, c->row->name);
	else if (!ok)
		error_note(c->obj, c->row->name);
	free(c->text);
	free(c);
}

static void go_on(struct command *c)
{
	int result = 0;
	for (char *line; result == 0 && (line = word_line(&c->rest)) != NULL;)
		result = run_line(c, line);
	if (result != COMMAND_WAITS) {
		command_finish(c, result == 0);
		return;
	}
	c->waits = true;
	req_hold(c->req, &c->req);
}

void ctl_write(struct req *r, const struct node *n, const char *text)
{
	struct command *c = xcalloc(1, sizeof(*c));
	c->obj = n->obj;
	c->row = n->row;
	c->req = r;
	c->uid = r->uid;
	c->gid = r->gid;
	c->again = r->again;
	c->size = r->size;
	c->text = c->rest = xstrdup(text);
	list_add_tail(&n->obj->runs, &c->link);
	go_on(c);
}

void command_done(struct command *c, bool ok)
{
	c->waits = false;
	c->ended = true;
	c->well = ok;
	if (c->inside)
		return; /* run_line goes on */
	if (ok)
		go_on(c);
	else
		command_finish(c, false);
}

void ctl_forget(struct obj *o)
{
	list_each(c, &o->runs, struct command, link) {
		if (!c->waits)
			continue;
		err_set(ENOENT, "it is gone");
		command_finish(c, false);
	}
}
