#include "mount-helper/kit/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"

enum { LINKS = 40, SHOWN = 256 }; /* path_resolution(7), "Maximum number of symbolic links" */
/* On FUSE the server says who owns what. So all there counts as owned by one unknown user, whom
 * nobody trusts. */
#define FUSE_OWNER ((uid_t)-2)

struct walk {
	uid_t author, owner; /* of what we came by last */
	int at; /* owned: the directory that we are in */
	int links;
	char rest[PATH_MAX];
};

/* The caller says at what. */
static int walk_failed(void)
{
	return err_set(errno, "%s", strerror(errno));
}

static bool is_of(int fd, long magic)
{
	struct statfs fs;
	return fstatfs(fd, &fs) == 0 && fs.f_type == magic;
}

static int part_refuse(const char *name)
{
	char q[SHOWN];
	return err_set(EPERM,
	    "%s lies behind a directory or link of another user's, who could lead it anywhere: "
	    "give a path that only root and its writer can change",
	    word_quote(name, q, sizeof(q)));
}

static int step_check(struct walk *w, int fd, const struct stat *st, const char *name)
{
	uid_t owner = is_of(fd, FUSE_SUPER_MAGIC) ? FUSE_OWNER : st->st_uid;
	bool trusted = w->owner == 0 || w->owner == w->author;
	if (!trusted && owner != w->owner)
		return part_refuse(name);
	w->owner = owner;
	return 0;
}

static int to_root(struct walk *w)
{
	struct stat st;
	fd_close(&w->at);
	w->at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->at < 0 || fstat(w->at, &st) < 0)
		return walk_failed();
	return step_check(w, w->at, &st, "/");
}

/* The next name, taken out of the rest. 1; 0: there is none; -1 */
static int take_name(struct walk *w, char name[NAME_MAX + 1])
{
	const char *from = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(from, "/");
	if (n > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, from, n);
	name[n] = '\0';
	memmove(w->rest, from + n, strlen(from + n) + 1);
	return n > 0;
}

static int link_follow(struct walk *w, int link)
{
	char to[2 * PATH_MAX];
	ssize_t n = readlinkat(link, "", to, PATH_MAX - 1);
	if (n == 0)
		errno = ENOENT;
	else if (is_of(link, PROC_SUPER_MAGIC))
		return err_set(EINVAL, "it leads by one of /proc: give a file on a disk");
	else if (++w->links > LINKS)
		errno = ELOOP;
	else if (n > 0 && (size_t)n + strlen(w->rest) + 1 >= sizeof(w->rest))
		errno = ENAMETOOLONG;
	else if (n > 0) {
		snprintf(to + n, sizeof(to) - (size_t)n, "/%s", w->rest);
		memcpy(w->rest, to, strlen(to) + 1);
		return to[0] == '/' ? to_root(w) : 0;
	}
	return walk_failed();
}

/* autofs mounts a directory when somebody goes on below it. */
static int part_enter(const struct walk *w, const char *name)
{
	char below[NAME_MAX + 3];
	int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || w->rest[0] == '\0' || !is_of(fd, AUTOFS_SUPER_MAGIC))
		return fd;
	close(fd);
	snprintf(below, sizeof(below), "%s/.", name);
	return openat(w->at, below, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int part_go(struct walk *w, const char *name)
{
	struct stat st;
	cleanup_fd int fd = part_enter(w, name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return walk_failed();
	if (step_check(w, fd, &st, name) < 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		return link_follow(w, fd);
	fd_close(&w->at);
	w->at = fd_move(&fd);
	return 0;
}

int walk_open(const char *path, uid_t author)
{
	struct walk w = {.author = author, .at = -1};
	char name[NAME_MAX + 1];
	int more = 1;
	if (strlen(path) >= sizeof(w.rest))
		return err_set(ENAMETOOLONG, "the path is too long");
	memcpy(w.rest, path, strlen(path) + 1);
	int r = to_root(&w);
	while (r == 0 && (more = take_name(&w, name)) > 0)
		r = part_go(&w, name);
	if (r == 0 && more == 0)
		return w.at;
	if (r == 0)
		walk_failed();
	fd_close(&w.at);
	return -1;
}
