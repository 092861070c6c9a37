#include "mount-helper/dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"

/* Without a user of its own the daemon takes a number that systemd keeps for service users and that
 * no package gives away. */
enum { DAEMON_UID = 61184 };

static void who(struct dirs *d)
{
	const struct passwd *p = getpwnam("warren");
	const struct group *g = getgrnam("warren");
	d->uid = p != NULL ? p->pw_uid : DAEMON_UID;
	d->gid = g != NULL ? g->gr_gid : p != NULL ? p->pw_gid : DAEMON_UID;
}

/* A directory of this owner and mode below `at`, made where it is missing. */
static int dir_make(int at, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	if (mkdirat(at, path, mode) < 0 && errno != EEXIST)
		return err_sys("make the directory %s", path);
	cleanup_fd int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys("open the directory %s", path);
	if (fchown(fd, uid, gid) < 0 || fchmod(fd, mode) < 0)
		return err_sys("set the owner and mode of %s", path);
	return fd_move(&fd);
}

static int dir_make_closed(int at, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	cleanup_fd int fd = dir_make(at, path, mode, uid, gid);
	return fd < 0 ? -1 : 0;
}

static int lock_make(int dir, const char *key, const char *path)
{
	cleanup_fd int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys("open %s/lock", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd_move(&fd);
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);
	pid[n > 0 ? (size_t)n : 0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	return err_set(EEXIST,
		"%s=%s is used by another instance, process %s: unmount that one, or give directories "
		"of its own with state= and run=",
		key, path, pid[0] != '\0' ? pid : "unknown");
}

int dirs_open(struct dirs *d, const char *state, const char *run)
{
	*d = (struct dirs){-1, -1, -1, -1, {-1, -1}, 0, 0};
	who(d);
	d->state = dir_make(AT_FDCWD, state, 0711, 0, 0);
	if (d->state < 0)
		return -1;
	d->run = dir_make(AT_FDCWD, run, 0711, 0, 0);
	if (d->run < 0)
		return -1;
	if ((d->locks[0] = lock_make(d->state, "state", state)) < 0 ||
		(d->locks[1] = lock_make(d->run, "run", run)) < 0)
		return -1;
	if (dir_make_closed(d->state, "objects", 0700, d->uid, d->gid) < 0 ||
		dir_make_closed(d->state, "logs", 0700, d->uid, d->gid) < 0 ||
		dir_make_closed(d->run, "daemon", 0700, d->uid, d->gid) < 0)
		return -1;
	d->roots = dir_make(d->state, "roots", 0700, 0, 0);
	d->monitors = d->roots < 0 ? -1 : dir_make(d->run, "monitors", 0711, 0, 0);
	return d->monitors < 0 ? -1 : 0;
}

void dirs_sign(const struct dirs *d)
{
	char pid[24];
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	for (size_t i = 0; i < NELEM(d->locks); i++)
		if (ftruncate(d->locks[i], 0) == 0)
			(void)!pwrite(d->locks[i], pid, (size_t)n, 0);
}
