/* Deleting a directory that a zone has filled as it liked: any depth, any names, links to anywhere.
 * No link is followed and no mount entered. Only one directory is open at a time: subdirectories
 * are first moved up to the top. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/kit/remove.h"
#include "mount-helper/kit/sys.h"

static DIR *dir_list(int at, const char *name)
{
	int fd = sys_openat2(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	if (d == NULL)
		fd_close(&fd);
	return d;
}

/* Move a directory out of d into `top`, under a new name. */
static int move_up(DIR *d, const char *name, int top)
{
	static unsigned counter;
	char up[32];
	do
		snprintf(up, sizeof(up), ".gone-%u", counter++);
	while (faccessat(top, up, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	return renameat(dirfd(d), name, top, up) < 0 && errno != ENOENT
		   ? -1
		   : 0; /* an earlier worker may be deleting it as well */
}

/* The host may have mounted something there. */
static int not_deleted(const char *what)
{
	if (errno == EBUSY || errno == EXDEV)
		return err_set(ENOTEMPTY,
		    "something of the host's is mounted in its files: umount that first");
	return err_sys("delete %s of the zone's", what);
}

/* Remove what is in d; its directories go up to top. */
static int dir_empty(DIR *d, int top)
{
	struct dirent *e;
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) == 0 || errno == ENOENT)
			continue;
		if (errno != EISDIR && errno != EPERM)
			return not_deleted("a file");
		if (unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR) == 0)
			continue;
		if (move_up(d, e->d_name, top) < 0)
			return not_deleted("a directory");
	}
	return 0;
}

/* One pass over the directories at the top. 1: there was one. */
static int dirs_pass(DIR *top)
{
	struct dirent *e;
	int seen = 0;
	rewinddir(top);
	while ((e = readdir(top)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		seen = 1;
		DIR *d = dir_list(dirfd(top), e->d_name);
		int r = d != NULL	 ? dir_empty(d, dirfd(top))
			: errno == EXDEV ? not_deleted("all")
					 : 0;
		if (d != NULL)
			closedir(d);
		if (r < 0)
			return -1;
		if (unlinkat(dirfd(top), e->d_name, d != NULL ? AT_REMOVEDIR : 0) < 0 &&
		    errno != ENOTEMPTY && errno != ENOENT)
			return not_deleted("what was");
	}
	return seen;
}

int remove_all(int dir, const char *name)
{
	DIR *top = dir_list(dir, name);
	if (top == NULL)
		return errno == ENOENT ? 0 : not_deleted("all");
	int r;
	while ((r = dirs_pass(top)) > 0)
		;
	closedir(top);
	if (r == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return not_deleted("the root");
	return r;
}
