#include "fs/node.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"

static bool is_none(const struct row *r, const char *text)
{
	return r->none && (strcmp(text, "none") == 0 || strcmp(text, "max") == 0);
}

static int in_limits(const struct row *r, const char *text, uint64_t n)
{
	char q[64];
	if (n < r->min || n > r->max)
		return err_set(ERANGE, "\"%s\" is outside the limits: %s",
		    word_quote(text, q, sizeof(q)), r->wanted);
	return 0;
}

static int number_parse(const struct row *r, char *text, union value *v)
{
	if (is_none(r, text)) {
		v->n = VALUE_NONE;
		return 0;
	}
	return word_u64(text, r->wanted, &v->n) < 0 ? -1 : in_limits(r, text, v->n);
}

static void number_format(const struct row *r, const union value *v, struct buf *b)
{
	if (r->none && v->n == VALUE_NONE)
		buf_str(b, "none\n");
	else
		buf_printf(b, "%llu\n", (unsigned long long)v->n);
}

static int size_parse(const struct row *r, char *text, union value *v)
{
	if (is_none(r, text)) {
		v->n = VALUE_NONE;
		return 0;
	}
	return word_size(text, r->wanted, &v->n) < 0 ? -1 : in_limits(r, text, v->n);
}

static uint64_t words_count(const struct row *r)
{
	uint64_t n = 0;
	while (r->words[n] != NULL)
		n++;
	return n;
}

static int choice_parse(const struct row *r, char *text, union value *v)
{
	char q[64];
	for (v->n = 0; r->words[v->n] != NULL; v->n++)
		if (strcmp(text, r->words[v->n]) == 0)
			return 0;
	if (r->max != 0 && *text != '\0' && text[strspn(text, "0123456789")] == '\0') {
		if (word_u64(text, r->wanted, &v->n) < 0 || in_limits(r, text, v->n) < 0)
			return -1;
		v->n += words_count(r);
		return 0;
	}
	return err_set(EINVAL, "\"%s\" is not one of its words: %s", word_quote(text, q, sizeof(q)),
	    r->wanted);
}

static void choice_format(const struct row *r, const union value *v, struct buf *b)
{
	uint64_t n = words_count(r);
	if (v->n < n)
		buf_printf(b, "%s\n", r->words[v->n]);
	else
		buf_printf(b, "%llu\n", (unsigned long long)(v->n - n));
}

int line_check(const struct row *r, const char *line)
{
	size_t most = r->max != 0 ? r->max : LINE_MAX_BYTES, n = strlen(line);
	if (n > most)
		return err_set(
		    ERANGE, "a line of %zu bytes is longer than %zu: %s", n, most, r->wanted);
	for (const char *p = line; *p != '\0'; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return err_set(
			    EINVAL, "a control character (0x%02x) is in it: %s", *p, r->wanted);
	return 0;
}

static int line_parse(const struct row *r, char *text, union value *v)
{
	v->s = NULL;
	if (line_check(r, text) < 0)
		return -1;
	if (strcmp(text, "none") != 0)
		v->s = xstrdup(text);
	return 0;
}

static void line_format(const struct row *r, const union value *v, struct buf *b)
{
	(void)r;
	buf_printf(b, "%s\n", v->s != NULL ? v->s : "none");
}

static int path_parse(const struct row *r, char *text, union value *v)
{
	if (line_parse(r, text, v) < 0)
		return -1;
	if (v->s == NULL || (v->s[0] == '/' && strlen(v->s) < PATH_MAX))
		return 0;
	free(v->s);
	v->s = NULL;
	return err_set(EINVAL, "this is no path that begins with /: %s", r->wanted);
}

static int script_parse(const struct row *r, char *text, union value *v)
{
	struct buf b = {0};
	v->s = NULL;
	for (char *line; (line = word_line(&text)) != NULL;) {
		if (line_check(r, line) < 0) {
			buf_finish(&b);
			return -1;
		}
		buf_printf(&b, "%s\n", line);
	}
	if (b.len > 0)
		v->s = buf_take(&b, NULL);
	return 0;
}

static int list_parse(const struct row *r, char *text, union value *v)
{
	v->s = NULL;
	return strcmp(text, "none") == 0 ? 0 : script_parse(r, text, v);
}

static void list_format(const struct row *r, const union value *v, struct buf *b)
{
	(void)r;
	if (v->s != NULL)
		buf_str(b, v->s);
}

/* One "3" or "0-2" of a list of CPUs; *p moves behind it. */
static int cpu_range(const struct row *r, char *part)
{
	char q[64];
	uint64_t from, to;
	char *dash = strchr(part, '-');
	if (dash != NULL)
		*dash = '\0';
	if (word_u64(part, r->wanted, &from) < 0)
		return -1;
	to = from;
	if (dash != NULL && word_u64(dash + 1, r->wanted, &to) < 0)
		return -1;
	if (to < from)
		return err_set(EINVAL, "\"%s-%llu\" runs backwards: %s",
		    word_quote(part, q, sizeof(q)), (unsigned long long)to, r->wanted);
	if (to >= r->max)
		return err_set(
		    ERANGE, "there is no CPU %llu: %s", (unsigned long long)to, r->wanted);
	return 0;
}

static int cpus_parse(const struct row *r, char *text, union value *v)
{
	v->s = NULL;
	if (is_none(r, text))
		return 0;
	size_t n = strlen(text);
	if (n == 0 || n > 256 || text[n - 1] == ',')
		return err_set(EINVAL, "this is no list of CPUs: %s", r->wanted);
	char *whole = xstrdup(text);
	for (char *part = text, *next; part != NULL; part = next) {
		next = strchr(part, ',');
		if (next != NULL)
			*next++ = '\0';
		if (cpu_range(r, part) < 0) {
			free(whole);
			return -1;
		}
	}
	v->s = whole;
	return 0;
}

const struct kind kind_number = {false, ONE_LINE, number_parse, number_format};
const struct kind kind_size = {false, ONE_LINE, size_parse, number_format};
const struct kind kind_choice = {false, ONE_LINE, choice_parse, choice_format};
const struct kind kind_line = {true, ONE_LINE, line_parse, line_format};
const struct kind kind_path = {true, ONE_LINE, path_parse, line_format};
const struct kind kind_list = {true, LIST, list_parse, list_format};
const struct kind kind_script = {true, SCRIPT, script_parse, list_format};
const struct kind kind_cpus = {true, ONE_LINE, cpus_parse, line_format};
