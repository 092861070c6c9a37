#include "fs/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/node.h"

int message_check(const char *bytes, size_t len)
{
	if (len > MESSAGE_MAX)
		return err_set(EMSGSIZE,
		    "%zu bytes are too long a message: give at most %d in one write", len,
		    MESSAGE_MAX);
	if (memchr(bytes, '\0', len) != NULL)
		return err_set(EINVAL, "a NUL byte is in it: give plain text");
	return 0;
}

char *message_clean(const char *bytes, size_t len)
{
	struct buf b = {0};
	char *copy = xstrndup(bytes, len), *rest = copy;
	for (char *line; (line = word_line(&rest)) != NULL;) {
		line = word_trim(line);
		if (*line == '\0' || *line == '#')
			continue;
		if (b.len > 0)
			buf_str(&b, "\n");
		buf_str(&b, line);
	}
	free(copy);
	return buf_take(&b, NULL);
}
