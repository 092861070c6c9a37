#include "fs/authored.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fs/change.h"
#include "fs/foreign.h"

enum { KEY_BYTES = NAME_LEN + 16 };
#define SEAL "-seal"

struct authored *authored_of(struct obj *o, const struct row *r)
{
	return container_of(row_value(o, r), struct authored, v);
}

void authored_set_seals(struct authored *a, const struct seal *seals, unsigned n)
{
	free(a->seals);
	a->seals = NULL;
	a->nseals = n;
	if (n > 0)
		a->seals = memcpy(xcalloc(n, sizeof(*seals)), seals, n * sizeof(*seals));
}

int authored_note(struct obj *o, const struct row *r)
{
	if ((r->flags & ROW_AUTHOR) == 0)
		return 0;
	struct authored *a = authored_of(o, r);
	uid_t before = a->by.uid;
	if (change_author(&a->by) < 0)
		return -1;
	a->due = true;
	return a->by.uid != before;
}

void authored_forget(struct obj *o, const struct row *r)
{
	struct authored *a = authored_of(o, r);
	authored_set_seals(a, NULL, 0);
	a->by = (struct author){0};
}

/* ---- on disk ---- */

static void author_key(const struct row *r, char key[KEY_BYTES])
{
	if (r->author_key != NULL)
		snprintf(key, KEY_BYTES, "%s", r->author_key);
	else
		snprintf(key, KEY_BYTES, "%s-writer", r->name);
}

static void seals_save(const struct row *r, const struct authored *a, struct buf *b)
{
	buf_printf(b, "attr %s" SEAL " 0 0 0 0 0", r->name);
	for (unsigned i = 0; i < a->nseals * SEAL_BYTES; i++)
		buf_printf(b, "%s%02x", i % SEAL_BYTES == 0 ? " " : "",
		    a->seals[i / SEAL_BYTES].bytes[i % SEAL_BYTES]);
	buf_str(b, "\n");
}

void authored_save(struct obj *o, const struct row *r, struct buf *b)
{
	char key[KEY_BYTES];
	if ((r->flags & ROW_AUTHOR) == 0)
		return;
	const struct authored *a = authored_of(o, r);
	if (a->v.p == NULL && !foreign_has_value(o, r))
		return;
	author_key(r, key);
	author_save(key, &a->by, b);
	if (a->nseals > 0)
		seals_save(r, a, b);
}

int authored_load(struct obj *o, const char *key, const char *value)
{
	char *line = xasprintf("%s %s", key, value), known[KEY_BYTES];
	const struct row *r = NULL;
	int result = 1;
	while (result == 1 && (r = row_next(o->type, r)) != NULL) {
		if ((r->flags & ROW_AUTHOR) == 0)
			continue;
		author_key(r, known);
		size_t n = strlen(known);
		if (strncmp(line, known, n) == 0 && line[n] == ' ')
			result = author_load(&authored_of(o, r)->by, line + n + 1);
	}
	free(line);
	return result;
}

static bool seal_load(struct seal *s, const char *word)
{
	if (strlen(word) != 2 * SEAL_BYTES)
		return false;
	for (int i = 0; i < SEAL_BYTES; i++)
		if (sscanf(word + 2 * i, "%2hhx", &s->bytes[i]) != 1)
			return false;
	return true;
}

/* One that is damaged is as good as none: the helper refuses the path then, with what to do. */
static void seals_load(struct authored *a, const char *text)
{
	char *copy = xstrdup(text), *rest = copy;
	struct seal *seals = xcalloc(strlen(text) / (2 * SEAL_BYTES) + 1, sizeof(*seals));
	unsigned n = 0;
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		n += seal_load(&seals[n], word);
	authored_set_seals(a, seals, n);
	free(seals);
	free(copy);
}

int authored_load_seals(struct obj *o, const char *file, const char *seals)
{
	char name[KEY_BYTES];
	const struct row *r = NULL;
	while ((r = row_next(o->type, r)) != NULL) {
		snprintf(name, sizeof(name), "%s" SEAL, r->name);
		if ((r->flags & ROW_AUTHOR) == 0 || strcmp(file, name) != 0)
			continue;
		seals_load(authored_of(o, r), seals);
		return 0;
	}
	return 1;
}
