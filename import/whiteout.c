/* Whiteouts: files of an OCI layer that stand for something removed from the layers below (OCI
 * Image Layer Filesystem Changeset, "Whiteouts"). */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <dirent.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "import/whiteout.h"

#define MARK ".wh."
#define OPAQUE ".wh..wh..opq"

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

bool whiteout_is(const char *path)
{
	return strncmp(base_of(path), MARK, sizeof(MARK) - 1) == 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

/* Remove a file or a directory with all in it, in the working directory. */
static int tree_remove(const char *name)
{
	if (nftw(name, remove_one, 32, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
		return 0;
	return err_sys("take away what a layer does");
}

static int all_remove(void)
{
	DIR *d = opendir(".");
	int r = 0;
	if (d == NULL)
		return err_sys("take away what a layer does");
	for (struct dirent *e; r == 0 && (e = readdir(d)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = tree_remove(e->d_name);
	closedir(d);
	return r;
}

/* Open the directory that it is in, whatever links lead there; -1 with errno. */
static int parent_open(const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	size_t n = (size_t)(base_of(path) - path);
	char *dir = n > 1 ? xstrndup(path, n - 1) : xstrdup(".");
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, dir, &how, sizeof(how));
	int why = errno;
	free(dir);
	errno = why;
	return fd;
}

int whiteout_apply(const char *path)
{
	cleanup_fd int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int dir = parent_open(path);
	const char *name = base_of(path);
	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0; /* there is nothing there to take away */
	if (dir < 0 || here < 0 || fchdir(dir) < 0)
		return err_sys("take away what a layer does");
	const char *gone = name + sizeof(MARK) - 1;
	int r = 0;
	if (strcmp(name, OPAQUE) == 0)
		r = all_remove();
	else if (*gone != '\0' && strncmp(gone, MARK, sizeof(MARK) - 1) != 0 &&
		 strcmp(gone, ".") != 0 && strcmp(gone, "..") != 0)
		r = tree_remove(gone);
	return fchdir(here) < 0 ? err_sys("go back") : r;
}
