#include "mount-helper/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "mount-helper/caps.h"
#include "mount-helper/sys.h"

enum { GROUPS = 1024 };
static const off_t copy_max = (off_t)512 << 20;

/* File system uid, gid and groups of this user; root keeps its rights over files. */
static int user_enter(const struct helper_file *f)
{
	const struct passwd *p = getpwuid(f->uid);
	gid_t *list = xcalloc(GROUPS, sizeof(*list));
	int n = GROUPS;
	if (p == NULL || getgrouplist(p->pw_name, f->gid, list, &n) < 0) {
		list[0] = f->gid;
		n = 1;
	}
	int r = setgroups((size_t)n, list);
	free(list);
	if (r < 0)
		return err_sys("take the groups of user %u", f->uid);
	setfsgid(f->gid);
	setfsuid(f->uid);
	/* setfsuid tells of no failure but by what is in force afterwards */
	if ((uid_t)setfsuid((uid_t)-1) != f->uid || (gid_t)setfsgid((gid_t)-1) != f->gid)
		return err_set(EPERM, "become user %u for a file: refused", f->uid);
	return f->uid != 0 ? caps_rest(1) : 0;
}

static int user_leave(void)
{
	int r = caps_rest(0);
	setfsuid(0);
	setfsgid(0);
	return setgroups(0, NULL) < 0 || r < 0 ? err_sys("become root again") : 0;
}

static int file_check(int fd, const struct helper_file *f, const char *path)
{
	struct stat st;
	bool disk = f->use == USE_DISK_READ || f->use == USE_DISK_WRITE;
	if (fstat(fd, &st) < 0)
		return err_sys("%s", path);
	if (!S_ISREG(st.st_mode) && !(disk && S_ISBLK(st.st_mode)))
		return err_set(
			EINVAL, "%s is not a %s", path, disk ? "file or block device" : "file");
	if (!disk && st.st_size > copy_max)
		return err_set(EFBIG, "%s is too large: give a file of at most 512M", path);
	int flags = fcntl(fd, F_GETFL);
	return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? err_sys("%s", path) : 0;
}

/* A disk that is not there is made, as the user, where a size was given. */
static int open_or_make(const struct helper_file *f)
{
	int mode = f->use == USE_DISK_WRITE ? O_RDWR : O_RDONLY;
	int fd = sys_openat2(
		AT_FDCWD, f->path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, RESOLVE_NO_MAGICLINKS);
	if (fd >= 0 || errno != ENOENT || f->size == 0 || f->use != USE_DISK_WRITE)
		return fd;
	fd = sys_openat2(
		AT_FDCWD, f->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, RESOLVE_NO_MAGICLINKS);
	if (fd >= 0 && ftruncate(fd, (off_t)f->size) < 0) {
		int why = errno;
		fd_close(&fd);
		unlink(f->path);
		errno = why;
	}
	return fd;
}

int hostfile_open(const struct helper_file *f)
{
	char path[256];
	word_quote(f->path, path, sizeof(path));
	if (f->path[0] != '/')
		return err_set(EINVAL, "%s is not a whole path: begin it with /", path);
	if (user_enter(f) < 0) {
		user_leave();
		return -1;
	}
	cleanup_fd int fd = open_or_make(f);
	if (fd < 0)
		err_sys("open %s as user %u", path, f->uid);
	else if (file_check(fd, f, path) < 0)
		fd_close(&fd);
	struct err why;
	err_copy(&why);
	if (user_leave() < 0)
		return -1;
	return fd < 0 ? err_take(&why) : fd_move(&fd);
}

int hostfile_copy(int from, int to, const char *what)
{
	off_t at = 0;
	for (;;) {
		ssize_t n = sendfile(to, from, &at, 16 << 20);
		if (n < 0)
			return err_sys("copy the %s", what);
		if (n == 0)
			return 0;
		if (at > copy_max)
			return err_set(EFBIG, "the %s grew past 512M", what);
	}
}
