#include "fs/keyed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"

enum { QUOTED = 64 }; /* of a value in a sentence */

int key_wrong(int code, const struct key *k, const char *value, const char *what)
{
	char q[QUOTED];
	return err_set(code, "%s=%s %s", k->name, word_quote(value, q, sizeof(q)), what);
}

static const char *key_wanted(const struct row *r, const struct key *k)
{
	return k->wanted != NULL ? k->wanted : r->wanted;
}

/* ---- kinds of values ---- */

static void number_put(const struct key *k, void *field, uint64_t n)
{
	switch (k->size) {
	case 1:
		*(uint8_t *)field = (uint8_t)n;
		break;
	case 2:
		*(uint16_t *)field = (uint16_t)n;
		break;
	case 4:
		*(uint32_t *)field = (uint32_t)n;
		break;
	default:
		*(uint64_t *)field = n;
	}
}

static uint64_t number_get(const struct key *k, const void *field)
{
	switch (k->size) {
	case 1:
		return *(const uint8_t *)field;
	case 2:
		return *(const uint16_t *)field;
	case 4:
		return *(const uint32_t *)field;
	default:
		return *(const uint64_t *)field;
	}
}

static int take_number(const struct row *r, const struct key *k, const char *value, void *field,
    int (*read)(const char *, const char *, uint64_t *))
{
	char q[QUOTED];
	uint64_t n = VALUE_NONE;
	bool none = strcmp(value, "none") == 0 || strcmp(value, "max") == 0;
	if ((k->flags & KEY_NONE) == 0 || !none) {
		if (read(value, key_wanted(r, k), &n) < 0)
			return -1;
		if (n < k->min || n > k->max)
			return err_set(ERANGE, "%s=%s is outside the limits: %s", k->name,
			    word_quote(value, q, sizeof(q)), key_wanted(r, k));
	}
	number_put(k, field, n);
	return 0;
}

static int number_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	return take_number(r, k, value, field, word_u64);
}

static int size_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	return take_number(r, k, value, field, word_size);
}

static void number_format(const struct key *k, const void *field, struct buf *b)
{
	uint64_t n = number_get(k, field);
	if (n == VALUE_NONE)
		buf_str(b, "none");
	else
		buf_printf(b, "%llu", (unsigned long long)n);
}

static int choice_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	char q[QUOTED];
	for (unsigned i = 0; k->words[i] != NULL; i++)
		if (strcmp(k->words[i], value) == 0) {
			number_put(k, field, i);
			return 0;
		}
	return err_set(EINVAL, "%s=%s is unknown: %s", k->name, word_quote(value, q, sizeof(q)),
	    key_wanted(r, k));
}

static void choice_format(const struct key *k, const void *field, struct buf *b)
{
	buf_str(b, k->words[number_get(k, field)]);
}

static int text_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	size_t n = strlen(value);
	if (n >= k->size)
		return err_set(ERANGE, "%s= has %zu bytes, of at most %zu: %s", k->name, n,
		    k->size - 1, key_wanted(r, k));
	memcpy(field, value, n + 1);
	return 0;
}

/* Quoted so that word_split() reads it back. */
static void text_format(const struct key *k, const void *field, struct buf *b)
{
	const char *s = field;
	bool quotes = strpbrk(s, " \t'\"\\") != NULL;
	(void)k;
	buf_str(b, quotes ? "\"" : "");
	for (; *s != '\0'; s++)
		buf_printf(b, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	buf_str(b, quotes ? "\"" : "");
}

static int flag_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	(void)r, (void)k, (void)value, (void)field;
	return 0;
}

const struct key_kind key_number = {number_parse, number_format};
const struct key_kind key_size = {size_parse, number_format};
const struct key_kind key_choice = {choice_parse, choice_format};
const struct key_kind key_text = {text_parse, text_format};
const struct key_kind key_flag = {flag_parse, NULL};

int key_each(const struct key *k, char *value, void *field,
    int (*one)(const struct key *k, char *part, void *field))
{
	for (char *part; (part = strsep(&value, ",")) != NULL;)
		if (one(k, part, field) < 0)
			return -1;
	return 0;
}

/* ---- the line ---- */

static unsigned key_find(const struct keyed *keyed, const char *name)
{
	unsigned i = 0;
	while (keyed->keys[i].name != NULL && strcmp(keyed->keys[i].name, name) != 0)
		i++;
	return i;
}

static int key_put(const struct row *r, unsigned i, char *value, void *line)
{
	const struct key *k = &r->keyed->keys[i];
	if (keyed_has(line, i) && (k->flags & KEY_MANY) == 0)
		return err_set(EINVAL, "%s%s is there twice: %s", k->name,
		    (k->flags & KEY_BARE) != 0 ? "" : "=", r->wanted);
	*(unsigned *)line |= 1U << i;
	return k->kind->parse(r, k, value, (char *)line + k->off);
}

static int take_word(const struct row *r, char *word, void *line)
{
	char q[QUOTED];
	char *value = word, *name = strsep(&value, "=");
	unsigned i = key_find(r->keyed, name);
	const struct key *k = &r->keyed->keys[i];
	bool bare = k->name != NULL && (k->flags & KEY_BARE) != 0;
	if (bare != (value == NULL) || (value != NULL && *value == '\0'))
		return err_set(EINVAL, "\"%s\" is no KEY=VALUE: %s", word_quote(name, q, sizeof(q)),
		    r->wanted);
	if (k->name == NULL)
		return err_set(EINVAL, "\"%s\" is not a property of %s: %s",
		    word_quote(name, q, sizeof(q)), r->keyed->noun, r->wanted);
	return key_put(r, i, value, line);
}

int keyed_parse(const struct row *r, char *text, void *line)
{
	char *words[KEYS_MAX];
	int i = 0, n = word_split(text, words, KEYS_MAX);
	if (n > 0 && (r->keyed->keys[0].flags & KEY_FIRST) != 0 &&
	    key_put(r, 0, words[i++], line) < 0)
		return -1;
	for (; i < n; i++)
		if (take_word(r, words[i], line) < 0)
			return -1;
	if (n < 0)
		return -1;
	return r->keyed->check != NULL ? r->keyed->check(r, line) : 0;
}

void keyed_format(const struct row *r, const void *line, struct buf *b)
{
	const char *between = "";
	for (unsigned i = 0; r->keyed->keys[i].name != NULL; i++) {
		const struct key *k = &r->keyed->keys[i];
		if (!keyed_has(line, i))
			continue;
		buf_str(b, between);
		if ((k->flags & KEY_FIRST) == 0)
			buf_printf(b, "%s%s", k->name, (k->flags & KEY_BARE) != 0 ? "" : "=");
		if ((k->flags & KEY_BARE) == 0)
			k->kind->format(k, (const char *)line + k->off, b);
		between = " ";
	}
}

static int parse(const struct row *r, char *text, union value *v)
{
	int result = kind_line.parse(r, text, v);
	char *copy = v->s;
	if (result < 0 || copy == NULL)
		return result;
	v->p = xcalloc(1, r->keyed->size);
	result = keyed_parse(r, copy, v->p);
	free(copy);
	if (result < 0) {
		free(v->p);
		v->p = NULL;
	}
	return result;
}

static void format(const struct row *r, const union value *v, struct buf *b)
{
	if (v->p != NULL)
		keyed_format(r, v->p, b);
	buf_str(b, v->p != NULL ? "\n" : "none\n");
}

const struct kind kind_keyed = {true, ONE_LINE, parse, format};
