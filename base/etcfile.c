#include "base/etcfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

#define NEW ".warren"

enum { MOST = 16 << 20, BLOCK = 4096 };

int etcfile_dir(void)
{
	if (mkdir("/etc", 0755) < 0 && errno != EEXIST)
		return err_sys("make /etc");
	int etc = open("/etc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return etc < 0 ? err_sys("open /etc") : etc;
}

int etcfile_read(int etc, const char *name, struct buf *b, struct stat *st)
{
	char block[BLOCK];
	ssize_t n;
	*st = (struct stat){0};
	cleanup_fd int fd = openat(etc, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys("open /etc/%s", name);
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || st->st_size > MOST)
		return err_set(EINVAL, "/etc/%s is no small file", name);
	while ((n = read(fd, block, sizeof(block))) > 0 && b->len <= MOST)
		buf_add(b, block, (size_t)n);
	return n < 0 ? err_sys("read /etc/%s", name) : 0;
}

static int fill(int fd, const struct buf *b, const struct stat *st)
{
	if (fd_write_all(fd, buf_text(b), b->len) < 0 ||
	    fchmod(fd, st->st_mode != 0 ? st->st_mode & 07777 : 0644) < 0)
		return -1;
	return st->st_mode != 0 ? fchown(fd, st->st_uid, st->st_gid) : 0;
}

static int file_replace(int etc, const char *name, const struct buf *b, const struct stat *st)
{
	char beside[32];
	snprintf(beside, sizeof(beside), "%s" NEW, name);
	unlinkat(etc, beside, 0);
	cleanup_fd int fd =
	    openat(etc, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && fill(fd, b, st) == 0 && renameat(etc, beside, etc, name) == 0)
		return 0;
	err_sys("write /etc/%s", name);
	unlinkat(etc, beside, 0);
	return -1;
}

int etcfile_write(
    int etc, const char *name, const struct buf *was, const struct buf *now, const struct stat *st)
{
	if (was->len == now->len && memcmp(buf_text(was), buf_text(now), was->len) == 0)
		return 0;
	return file_replace(etc, name, now, st);
}
