#include "rctl/groupfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "rctl/group.h"

int group_put(const char *controller, const char *group, const char *file, const char *text)
{
	char path[512];
	return group_path(controller, group, file, path, sizeof(path)) < 0
		   ? -1
		   : fd_write_at(-1, path, text);
}

int group_get(const char *controller, const char *group, const char *file, struct buf *b)
{
	char path[512];
	return group_path(controller, group, file, path, sizeof(path)) < 0
		   ? -1
		   : fd_read_at(-1, path, b);
}

int group_get_number(const char *controller, const char *group, const char *file, uint64_t *n)
{
	struct buf b = {0};
	int result = group_get(controller, group, file, &b);
	*n = result == 0 ? strtoull(buf_text(&b), NULL, 10) : 0;
	buf_finish(&b);
	return result;
}

int group_open(const char *controller, const char *group, const char *file)
{
	char path[512];
	if (group_path(controller, group, file, path, sizeof(path)) < 0)
		return -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys("open %s", path) : fd;
}

int group_reread(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? err_sys("read a counter") : 0;
}

uint64_t group_keyed(const char *text, const char *key)
{
	size_t n = strlen(key);
	for (const char *p = text; p != NULL && *p != '\0'; p = strchr(p, '\n'), p += p != NULL)
		if (strncmp(p, key, n) == 0 && p[n] == ' ')
			return strtoull(p + n + 1, NULL, 10);
	return 0;
}

int group_pressure(const char *group, const char *what, struct buf *b)
{
	char file[32];
	snprintf(file, sizeof(file), "%s.pressure", what);
	if (group_get("unified", group, file, b) == 0)
		return 0;
	if (err_code() == ENOENT || err_code() == EOPNOTSUPP)
		return err_set(EOPNOTSUPP,
		    "this host has no %s: a cgroup2 mount and a kernel with psi=1 are needed",
		    file);
	return -1;
}
