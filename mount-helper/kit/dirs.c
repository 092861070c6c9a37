#include "mount-helper/kit/dirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/sys.h"

/* Without a user of its own the daemon takes a number that systemd keeps for service users and that
 * no package gives away. */
enum { DAEMON_UID = 61184, LOCK_TRIES = 500, LOCK_PATIENCE = 25, LOCK_PAUSE_NS = 20000000 };

static int user_find(struct dirs *d, const char *run)
{
	struct stat st;
	char path[PATH_MAX];
	/* what exists in RUN belongs to the uid of the daemon that made it, which stays until the
	 * host reboots */
	snprintf(path, sizeof(path), "%s/daemon", run);
	if (stat(path, &st) == 0 && st.st_uid != 0) {
		d->uid = st.st_uid;
		d->gid = st.st_gid;
		return 0;
	}
	const struct passwd *p = getpwnam("warren");
	const struct group *g = getgrnam("warren");
	uid_t own = p != NULL ? p->pw_uid : DAEMON_UID;
	if (uids_daemon(&d->uids, own, &d->uid) < 0)
		return -1;
	d->gid = d->uid != own ? d->uid : g != NULL ? g->gr_gid : p != NULL ? p->pw_gid : own;
	return 0;
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

/* A taken-over daemon can make hard links here to any file of this file system, if sysctl
 * fs.protected_hardlinks is off: files with more than one link are left alone. */
static int file_follow(int dir, const char *name, uid_t uid, gid_t gid)
{
	struct stat st;
	cleanup_fd int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid == uid ||
	    st.st_nlink != 1)
		return 0;
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return err_sys("give %s to the daemon", name);
	return 0;
}

/* Give the daemon its files where its uid has changed (its user was made after the first mount). */
static int files_follow(int dir, uid_t uid, gid_t gid)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	if (d == NULL)
		return err_sys("read a directory of the daemon's");
	int r = 0;
	for (struct dirent *e; r == 0 && (e = readdir(d)) != NULL;)
		r = file_follow(dir, e->d_name, uid, gid);
	closedir(d);
	return r;
}

static int daemon_dir_make(int at, const char *path, uid_t uid, gid_t gid)
{
	cleanup_fd int fd = dir_make(at, path, 0700, uid, gid);
	return fd < 0 ? -1 : files_follow(fd, uid, gid);
}

static int is_mounted(const struct mountinfo *m, void *at)
{
	return strcmp(m->type, "fuse.warren") == 0 && strcmp(m->at, at) == 0;
}

/* Read who holds the lock: process number and mount point, a line each; systemd reads the former as
 * a PID file. */
static void holder_read(int fd, char *text, size_t size, char **mountpoint)
{
	ssize_t n = pread(fd, text, size - 1, 0);
	text[n > 0 ? (size_t)n : 0] = '\0';
	*mountpoint = text + strcspn(text, " \n"); /* an older warren wrote a blank between them */
	if (**mountpoint != '\0')
		*(*mountpoint)++ = '\0';
	(*mountpoint)[strcspn(*mountpoint, "\n")] = '\0';
}

/* Is the process alive? A zombie is not. */
static bool is_alive(pid_t pid)
{
	cleanup_fd int held = pid > 1 ? sys_pidfd_open(pid) : -1;
	struct pollfd end = {.fd = held, .events = POLLIN};
	return held >= 0 && poll(&end, 1, 0) == 0;
}

/* Wait for an instance that was unmounted a moment ago and still cleans up, or one that was killed
 * and left a worker that has yet to notice; not for others. */
static int lock_wait(int fd, const char *key, const char *path, const char *mountpoint)
{
	char text[PATH_MAX + 32], *at;
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		holder_read(fd, text, sizeof(text), &at);
		pid_t holder = (pid_t)strtol(text, NULL, 10);
		if (is_alive(holder) && mountinfo_each(is_mounted, at) > 0)
			break;
		/* unmounted lazily, and kept by a reader that waits: end it */
		if (i == LOCK_PATIENCE && holder > 1)
			kill(holder, SIGTERM);
		nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_NS}, NULL);
	}
	if (strcmp(at, mountpoint) == 0)
		return err_set(EEXIST,
		    "%s is mounted already, by process %s: unmount it first, or use it", at, text);
	return err_set(EEXIST,
	    "%s=%s is used by another instance, process %s, at %s: unmount that one, or give "
	    "directories of its own with state= and run=",
	    key, path, text, at);
}

static int lock_make(int dir, const char *key, const char *path, const char *mountpoint)
{
	cleanup_fd int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys("open %s/lock", path);
	return lock_wait(fd, key, path, mountpoint) < 0 ? -1 : fd_move(&fd);
}

int dirs_open(struct dirs *d, const char *state, const char *run, const char *mountpoint)
{
	*d = (struct dirs){-1, -1, -1, -1, -1, -1, {-1, -1}, {-1, {0}}, 0, 0};
	d->state = dir_make(AT_FDCWD, state, 0711, 0, 0);
	if (d->state < 0)
		return -1;
	d->run = dir_make(AT_FDCWD, run, 0711, 0, 0);
	if (d->run < 0)
		return -1;
	if ((d->locks[0] = lock_make(d->state, "state", state, mountpoint)) < 0 ||
	    (d->locks[1] = lock_make(d->run, "run", run, mountpoint)) < 0)
		return -1;
	if (uids_open(&d->uids, UIDS_DIR, d->state, state) < 0 || user_find(d, run) < 0)
		return -1;
	if (daemon_dir_make(d->state, "objects", d->uid, d->gid) < 0 ||
	    daemon_dir_make(d->state, "logs", d->uid, d->gid) < 0 ||
	    daemon_dir_make(d->run, "daemon", d->uid, d->gid) < 0)
		return -1;
	d->roots = dir_make(d->state, "roots", 0700, 0, 0);
	d->images = d->roots < 0 ? -1 : dir_make(d->state, "images", 0700, 0, 0);
	d->monitors = d->images < 0 ? -1 : dir_make(d->run, "monitors", 0711, 0, 0);
	d->vnc = d->monitors < 0 ? -1 : dir_make(d->run, "vnc", 0711, 0, 0);
	return d->vnc < 0 ? -1 : 0;
}

bool dirs_have_zones(const struct dirs *d)
{
	int copy = openat(d->monitors, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	while (dir != NULL && n <= 2 && readdir(dir) != NULL) /* . and .. */
		n++;
	if (dir != NULL)
		closedir(dir);
	return n > 2;
}

void dirs_sign(const struct dirs *d, const char *mountpoint)
{
	char pid[PATH_MAX + 32];
	int n = snprintf(pid, sizeof(pid), "%d\n%s\n", (int)getpid(), mountpoint);
	for (size_t i = 0; i < NELEM(d->locks); i++)
		if (ftruncate(d->locks[i], 0) == 0)
			(void)!pwrite(d->locks[i], pid, (size_t)n, 0);
}
