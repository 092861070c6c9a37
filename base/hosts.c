/* Whatever is there may be a hostile zone's work: no link is followed, nothing waited for. */
#include "base/hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"

#define MARK "# by warren" /* ends the lines that are ours */
#define NEW ".warren"

enum { MOST = 16 << 20, HOSTNAME = 64, BLOCK = 4096 };

static const char blanks[] = " \t\r";

/* ---- a line ---- */

static bool is_ours(const char *line, size_t n)
{
	size_t mark = sizeof(MARK) - 1;
	return n >= mark && memcmp(line + n - mark, MARK, mark) == 0;
}

/* Is `name` one of its names? The first word is the address. */
static bool has_name(const char *line, size_t n, const char *name)
{
	const char *comment = memchr(line, '#', n), *end = comment != NULL ? comment : line + n;
	size_t len = strlen(name), word;
	bool address = true;
	for (const char *p = line; p < end; p += word) {
		for (word = 0; p < end && strchr(blanks, *p) != NULL; p++)
			;
		while (p + word < end && strchr(blanks, p[word]) == NULL)
			word++;
		if (!address && word == len && strncasecmp(p, name, len) == 0)
			return true;
		address = false;
	}
	return false;
}

/* ---- a file of /etc ---- */

/* -1: it is none that we may replace. Where there is none it is empty, and st->st_mode 0. */
static int file_read(int etc, const char *name, struct buf *b, struct stat *st)
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

/* Beside it, so that a full disk or an end half-way leaves what was there. */
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

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(buf_text(a), buf_text(b), a->len) == 0;
}

/* ---- what is in them ---- */

static void own_add(struct buf *b, const char *hostname)
{
	size_t n = strcspn(hostname, ".");
	buf_printf(b, "127.0.1.1\t%s", hostname);
	if (hostname[n] != '\0')
		buf_printf(b, " %.*s", (int)n, hostname);
	buf_str(b, "\t" MARK "\n");
}

/* All lines but ours, and then those of ours that are wanted. */
static void hosts_make(const struct buf *was, const char *hostname, struct buf *b)
{
	bool local = false, own = strcasecmp(hostname, "localhost") == 0;
	const char *p = buf_text(was), *end = p + was->len;
	for (size_t n; p < end; p += n + 1) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		n = newline != NULL ? (size_t)(newline - p) : (size_t)(end - p);
		if (is_ours(p, n))
			continue;
		local = local || has_name(p, n, "localhost");
		own = own || has_name(p, n, hostname);
		buf_add(b, p, n);
		buf_str(b, "\n");
	}
	if (!local)
		buf_str(b, "127.0.0.1\tlocalhost\t" MARK
			   "\n::1\tlocalhost ip6-localhost ip6-loopback\t" MARK "\n");
	if (!own)
		own_add(b, hostname);
}

static int hosts_write(int etc, const char *hostname)
{
	struct buf was = {0}, now = {0};
	struct stat st;
	int r = file_read(etc, "hosts", &was, &st);
	if (r == 0)
		hosts_make(&was, hostname, &now);
	if (r == 0 && !same(&was, &now))
		r = file_replace(etc, "hosts", &now, &st);
	buf_finish(&was);
	buf_finish(&now);
	return r;
}

static int hostname_write(int etc, const char *hostname)
{
	struct buf was = {0}, now = {0};
	struct stat st;
	buf_printf(&now, "%s\n", hostname);
	int r = file_read(etc, "hostname", &was, &st);
	if (r == 0 && !same(&was, &now))
		r = file_replace(etc, "hostname", &now, &st);
	buf_finish(&was);
	buf_finish(&now);
	return r;
}

int hosts_keep(const char *hostname)
{
	if (mkdir("/etc", 0755) < 0 && errno != EEXIST)
		return err_sys("make /etc");
	cleanup_fd int etc = open("/etc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (etc < 0)
		return err_sys("open /etc");
	int hosts = hosts_write(etc, hostname), name = hostname_write(etc, hostname);
	return hosts < 0 || name < 0 ? -1 : 0;
}
