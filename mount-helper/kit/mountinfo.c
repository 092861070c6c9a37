#include "mount-helper/kit/mountinfo.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"

/* The kernel writes blanks and backslashes in names as \040 */
static void unescape(char *s)
{
	char *to = s;
	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] != '\0' && s[3] != '\0') {
			*to++ = (char)(((s[1] - '0') << 6) | ((s[2] - '0') << 3) | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* ID PARENT DEVICE ROOT AT OPTIONS [TAG...] - TYPE SOURCE OPTIONS */
static int line_parse(char *line, struct mountinfo *m)
{
	char *word[8] = {NULL}, *tail = strstr(line, " - ");
	if (tail == NULL)
		return -1;
	*tail = '\0';
	tail += 3;
	for (int i = 0; i < 5; i++)
		word[i] = strsep(&line, " ");
	for (int i = 5; i < 8; i++)
		word[i] = strsep(&tail, " ");
	if (word[4] == NULL || word[7] == NULL)
		return -1;
	unescape(word[3]);
	unescape(word[4]);
	*m = (struct mountinfo){
	    (unsigned)strtoul(word[0], NULL, 10), word[2], word[3], word[4], word[5], word[7]};
	return 0;
}

int mountinfo_each(int (*fn)(const struct mountinfo *, void *), void *arg)
{
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return proc < 0 ? err_sys("open /proc") : mountinfo_each_at(proc, fn, arg);
}

int mountinfo_each_at(int proc, int (*fn)(const struct mountinfo *, void *), void *arg)
{
	struct buf b = {0};
	int r = fd_read_at(proc, "self/mountinfo", &b);
	char *text = b.at, *line;
	while (r == 0 && text != NULL && (line = word_line(&text)) != NULL) {
		struct mountinfo m;
		if (line_parse(line, &m) == 0)
			r = fn(&m, arg);
	}
	buf_finish(&b);
	return r;
}
