#include "mount-helper/cgroup/owngroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "mount-helper/cgroup/hier.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/sys.h"

enum { LEAVE_TRIES = 100, LEAVE_PAUSE_NS = 5000000 };

/* top, dir: the hierarchy's root, and our group in it; owned, -1: none */
static struct own_hier {
	int top, dir;
} v2 = {-1, -1}, v1 = {-1, -1};
static char path[PATH_MAX]; /* of the group, from the top */
static bool outside; /* we are not in it */

bool owngroup_is_service(void)
{
	const char *pid = getenv("SYSTEMD_EXEC_PID");
	return pid != NULL && strtol(pid, NULL, 10) == (long)getpid();
}

static int mount_seen(const struct mountinfo *m, void *arg)
{
	(void)arg;
	bool is_v2 = strcmp(m->type, "cgroup2") == 0;
	if (!is_v2 &&
	    (strcmp(m->type, "cgroup") != 0 || strstr(m->options, "name=systemd") == NULL))
		return 0;
	struct own_hier *t = is_v2 ? &v2 : &v1;
	if (t->top < 0)
		t->top = open(m->at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

/* Make all levels of its path; v2's exist already. */
static int levels_make(struct own_hier *t)
{
	char *level = path;
	while ((level = strchr(level, '/')) != NULL) {
		*level = '\0';
		int r = mkdirat(t->top, path, 0755);
		*level++ = '/';
		if (r < 0 && errno != EEXIST)
			return -1;
	}
	if (mkdirat(t->top, path, 0755) < 0 && errno != EEXIST)
		return -1;
	t->dir = openat(t->top, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return t->dir < 0 ? -1 : 0;
}

static void open_one(struct own_hier *t, bool enter)
{
	if (t->top < 0)
		return;
	if (levels_make(t) < 0)
		log_warn("make the control group %s: %s", path, strerror(errno));
	else if (enter && fd_write_at(t->dir, "cgroup.procs", "0") < 0)
		log_warn("enter the control group %s: %s", path, err_text());
}

void owngroup_open(const char *parent, bool service)
{
	const char *name = strrchr(parent, '/');
	name = name != NULL ? name + 1 : parent;
	snprintf(path, sizeof(path), "%.*s" HIER_OWN "%s", (int)(name - parent), parent, name);
	outside = service;
	mountinfo_each(mount_seen, NULL);
	open_one(&v2, !service);
	open_one(&v1, !service);
	err_clear();
}

/* In v2 a process is put into a group for free as it is cloned. Later it costs a grace period, for
 * which all forks wait. */
pid_t owngroup_fork(void)
{
	struct sys_clone a = {.flags = 0x200000000ULL, /* CLONE_INTO_CGROUP */
	    .exit_signal = SIGCHLD,
	    .cgroup = (uint64_t)v2.dir};
	pid_t pid = outside && v2.dir >= 0 ? (pid_t)sys_clone3(&a) : -1;
	if (pid < 0)
		pid = fork();
	if (pid == 0 && outside && v1.dir >= 0)
		fd_write_at(v1.dir, "tasks", "0");
	return pid;
}

/* Tries several times: the daemon's writer, or a worker, may be about to end. */
static int group_remove_soon(const struct own_hier *t, bool last)
{
	int r;
	for (int i = last ? LEAVE_TRIES : 1;
	     (r = unlinkat(t->top, path, AT_REMOVEDIR)) < 0 && --i > 0;)
		nanosleep(&(struct timespec){.tv_nsec = LEAVE_PAUSE_NS}, NULL);
	return r;
}

/* The levels above it as well, as far as they are empty. */
static void close_one(struct own_hier *t, bool last)
{
	if (t->dir >= 0 && !outside)
		fd_write_at(t->top, "cgroup.procs", "0");
	char *copy = xstrdup(path), *slash;
	int r = t->dir < 0 ? -1 : group_remove_soon(t, last);
	while (r == 0 && (slash = strrchr(copy, '/')) != NULL) {
		*slash = '\0';
		r = unlinkat(t->top, copy, AT_REMOVEDIR);
	}
	free(copy);
	fd_close(&t->dir);
	fd_close(&t->top);
}

void owngroup_close(bool last)
{
	close_one(&v2, last);
	close_one(&v1, last);
	err_clear();
}
