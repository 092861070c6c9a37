#include "base/fd.h"

#include <fcntl.h>
#include <string.h>

#include "base/err.h"

int fd_read_at(int dir, const char *path, struct buf *b)
{
	cleanup_fd int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys("open %s", path);
	for (;;) {
		char chunk[4096];
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys("read %s", path);
		if (n == 0)
			return 0;
		buf_add(b, chunk, (size_t)n);
	}
}

int fd_write_at(int dir, const char *path, const char *text)
{
	cleanup_fd int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys("open %s", path);
	size_t len = strlen(text);
	ssize_t n = write(fd, text, len);
	if (n < 0)
		return err_sys("write \"%s\" to %s", text, path);
	return 0;
}

int fd_write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;
	while (n > 0) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

int fd_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}
