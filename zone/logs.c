#include "zone/logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

enum { STATE, RUN, DIRS };
static int dirs[DIRS] = {-1, -1};

int logs_open(int state, int run)
{
	if (mkdirat(run, "logs", 0700) < 0 && errno != EEXIST)
		return err_sys("make the directory logs");
	dirs[STATE] = state;
	dirs[RUN] = openat(run, "logs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirs[RUN] < 0 ? err_sys("open the directory logs") : 0;
}

static bool has_room(int dir, uint64_t bytes)
{
	struct statvfs v;
	return fstatvfs(dir, &v) < 0 || v.f_bavail > bytes / v.f_frsize;
}

int logs_find(const char *name)
{
	int fd = openat(dirs[RUN], name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd >= 0 ? fd : openat(dirs[STATE], name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int logs_make(const char *name, uint64_t room)
{
	int where = has_room(dirs[STATE], room) ? STATE : RUN;
	if (where == RUN && !has_room(dirs[RUN], room))
		return err_set(ENOSPC, "no space left for its output, neither where state= is nor "
				       "where run= is: delete "
				       "something there");
	int fd = openat(dirs[where], name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys("make a log");
	unlinkat(dirs[where == STATE ? RUN : STATE], name, 0);
	return fd;
}

void logs_remove(const char *name)
{
	for (int i = 0; i < DIRS; i++)
		unlinkat(dirs[i], name, 0);
}

void logs_sweep(bool (*gone)(const char *name))
{
	for (int i = 0; i < DIRS; i++) {
		int copy = openat(dirs[i], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
		for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
			if (gone(e->d_name))
				unlinkat(dirs[i], e->d_name, 0);
		if (d != NULL)
			closedir(d);
	}
}
