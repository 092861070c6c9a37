#include "base/word.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Read one word from *in, writing it (never longer) to *out. -1: a quote stays open. */
static int one_word(char **in, char **out)
{
	char quote = '\0', *r = *in, *w = *out;
	for (; *r != '\0' && (quote != '\0' || !is_blank(*r)); r++) {
		if (*r == '\\' && quote != '\'' && r[1] != '\0')
			*w++ = *++r;
		else if (quote != '\0' ? *r == quote : *r == '\'' || *r == '"')
			quote = quote != '\0' ? '\0' : *r;
		else
			*w++ = *r;
	}
	if (quote != '\0')
		return err_set(EINVAL, "a %c is not closed: give it a second %c", quote, quote);
	*in = *r != '\0' ? r + 1 : r;
	*w++ = '\0';
	*out = w;
	return 0;
}

int word_split(char *line, char **words, int max)
{
	int n = 0;
	char *in = line, *out = line;
	for (;;) {
		while (is_blank(*in))
			in++;
		if (*in == '\0')
			return n;
		if (n == max)
			return err_set(EINVAL, "too many words: give at most %d", max);
		words[n++] = out;
		if (one_word(&in, &out) < 0)
			return -1;
	}
}

char *word_line(char **text)
{
	if (*text == NULL || **text == '\0')
		return NULL;
	char *line = *text, *end = strchr(line, '\n');
	*text = end != NULL ? end + 1 : line + strlen(line);
	if (end != NULL)
		*end = '\0';
	return line;
}

char *word_trim(char *s)
{
	while (is_blank(*s))
		s++;
	size_t n = strlen(s);
	while (n > 0 && is_blank(s[n - 1]))
		s[--n] = '\0';
	return s;
}

static int digits_read(const char *s, const char **end, uint64_t *value)
{
	uint64_t v = 0;
	const char *p = s;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return ERANGE;
	*end = p;
	*value = v;
	return p == s ? EINVAL : 0;
}

static int number_error(int code, const char *s, const char *what)
{
	char q[64];
	word_quote(s, q, sizeof(q));
	return code == ERANGE ? err_set(code, "\"%s\" is too large a number: %s", q, what)
			      : err_set(code, "\"%s\" is not a number: %s", q, what);
}

int word_u64(const char *s, const char *what, uint64_t *value)
{
	const char *end;
	int code = digits_read(s, &end, value);
	if (code == 0 && *end != '\0')
		code = EINVAL;
	return code != 0 ? number_error(code, s, what) : 0;
}

int word_size(const char *s, const char *what, uint64_t *value)
{
	static const char units[] = "KMGT";
	const char *end;
	int code = digits_read(s, &end, value);
	const char *unit =
	    code == 0 && *end != '\0' ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (unit != NULL) {
		uint64_t scale = (uint64_t)1 << (10 * (unit - units + 1));
		code = __builtin_mul_overflow(*value, scale, value) ? ERANGE : 0;
		end++;
	}
	if (code == 0 && *end != '\0')
		code = EINVAL;
	return code != 0 ? number_error(code, s, what) : 0;
}

bool word_is_name(const char *s)
{
	size_t n = strlen(s);
	if (n < 1 || n > 63 || !isalnum((unsigned char)s[0]))
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

enum { SLIPS_WORD = 63, SLIPS_PART = 3 };

static unsigned lesser(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment, by three rows of its table: d[i % 3][j] is the distance of the first i
 * letters of a from the first j of b. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned d[3][SLIPS_WORD + 1];
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = d[i % 3], *last = d[(i + 2) % 3], *before = d[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			now[j] = lesser(lesser(last[j], now[j - 1]) + 1,
			    last[j - 1] + !is_same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
			    is_same(a[i - 2], b[j - 1]))
				now[j] = lesser(now[j], before[j - 2] + 1);
		}
	}
	return d[n % 3][m];
}

unsigned word_slips(const char *wrote, const char *b)
{
	size_t n = strlen(wrote), m = strlen(b);
	if (n > SLIPS_WORD || m > SLIPS_WORD)
		return WORD_FAR;
	unsigned d = distance(wrote, n, b, m);
	if (d > 1 && n >= SLIPS_PART && strcasestr(b, wrote) != NULL)
		return 1;
	return d <= (n + 1) / 3 ? d : WORD_FAR;
}

const char *word_quote(const char *s, char *to, size_t size)
{
	size_t i = 0;
	for (; s[i] != '\0' && i + 1 < size; i++)
		to[i] = isprint((unsigned char)s[i]) ? s[i] : '?';
	if (s[i] != '\0' && size > 4)
		memcpy(to + i - 3, "...", 3);
	to[i] = '\0';
	return to;
}
