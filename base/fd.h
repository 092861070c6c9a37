/* Descriptors: -1 is none, all are close-on-exec, small files are read and written whole. */
#ifndef WARREN_BASE_FD_H
#define WARREN_BASE_FD_H

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/buf.h"

static inline void fd_close(int *fd) /* keeps errno; -1 is fine */
{
	int keep = errno;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = keep;
}

static inline int fd_move(int *fd) /* hand over: the caller's variable becomes -1 */
{
	int r = *fd;
	*fd = -1;
	return r;
}

#define cleanup_fd __attribute__((cleanup(fd_close)))

/* Append all of a (kernel) file below dir to b. -1 with errno in the error. */
int fd_read_at(int dir, const char *path, struct buf *b);

/* Write text to an existing file below dir in one write(2). -1 with the kernel's answer. */
int fd_write_at(int dir, const char *path, const char *text);

/* All n bytes, restarted; -1 on error. For regular files and pipes that may block. */
int fd_write_all(int fd, const void *bytes, size_t n);

int fd_nonblock(int fd);

#endif
