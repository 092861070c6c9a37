#include "base/hostpath.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/err.h"
#include "base/word.h"

int hostpath_words(char *line, char **words, int max)
{
	int n = 0;
	for (char *word; (word = strsep(&line, " \t")) != NULL;) {
		if (*word == '\0')
			continue;
		if (n < max)
			words[n] = word;
		n++;
	}
	return n;
}

static int unescape(char *s, const char *wanted)
{
	char *to = s;
	for (; *s != '\0'; to++) {
		int c = (unsigned char)*s;
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			c = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		}
		s++;
		if (c < ' ' || c == 0x7f)
			return err_set(EINVAL, "a control character (0x%02x) is in a path: %s",
			    (unsigned)c, wanted);
		*to = (char)c;
	}
	*to = '\0';
	return 0;
}

static int part_check(const char *part, size_t n, const char *wanted)
{
	if ((n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
		return err_set(EINVAL, "a path has . or .. among its parts: %s", wanted);
	if (n > NAME_MAX)
		return err_set(
		    ERANGE, "a part of a path is longer than %d bytes: %s", NAME_MAX, wanted);
	return 0;
}

int hostpath_parse(char *word, const char *wanted)
{
	char q[64], *to = word;
	if (unescape(word, wanted) < 0)
		return -1;
	if (word[0] != '/')
		return err_set(EINVAL, "\"%s\" does not begin with /: %s",
		    word_quote(word, q, sizeof(q)), wanted);
	for (const char *p = word; *p != '\0';) {
		size_t n = strcspn(p, "/");
		if (part_check(p, n, wanted) < 0)
			return -1;
		if (n > 0) {
			*to++ = '/';
			memmove(to, p, n);
			to += n;
		}
		p += n + (p[n] == '/' ? 1 : 0);
	}
	if (to == word)
		*to++ = '/';
	*to = '\0';
	return 0;
}
