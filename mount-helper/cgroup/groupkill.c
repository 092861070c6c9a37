/* Ending what is left in a zone's control groups. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/cgroup/groupkill.h"
#include "mount-helper/kit/sys.h"

enum { PAUSE_MS = 5, PAUSES = 10000 / PAUSE_MS, AT_ONCE = 256 };

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* The processes in the group, at most AT_ONCE. */
static int members_read(int dir, pid_t pids[AT_ONCE])
{
	struct buf b = {0};
	int n = 0;
	if (fd_read_at(dir, "cgroup.procs", &b) == 0) {
		char *text = b.at, *line;
		while (n < AT_ONCE && text != NULL && (line = word_line(&text)) != NULL)
			pids[n++] = (pid_t)strtol(line, NULL, 10);
	}
	buf_finish(&b);
	return n;
}

static bool is_member(int dir, pid_t pid)
{
	pid_t pids[AT_ONCE];
	int n = members_read(dir, pids);
	while (n-- > 0)
		if (pids[n] == pid)
			return true;
	return false;
}

/* A process number may be reused after it was read: open a pidfd, check that it is still a member,
 * then kill. */
static void members_kill(int dir)
{
	pid_t pids[AT_ONCE];
	int n = members_read(dir, pids);
	for (int i = 0; i < n; i++) {
		cleanup_fd int held = pids[i] > 0 ? sys_pidfd_open(pids[i]) : -1;
		if (held >= 0 && is_member(dir, pids[i]))
			sys_pidfd_kill(held, SIGKILL);
	}
}

/* Remove the groups that the zone made. It chose their names, nothing else: a group's directory
 * holds no link and is no mount, and GROUP_DEPTH bounds the recursion. */
static void below_remove(int dir)
{
	cleanup_fd int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again >= 0 ? fdopendir(again) : NULL;
	if (d == NULL)
		return;
	again = -1;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		cleanup_fd int below =
		    openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			below_remove(below);
		unlinkat(dir, e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
}

static void one_kill(const struct hier *h, const char *name)
{
	cleanup_fd int dir = openat(h->parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	if (h->freezer) /* a frozen process does not die in v1: thaw it */
		fd_write_at(dir, "freezer.state", "THAWED");
	if (!h->v2 || fd_write_at(dir, "cgroup.kill", "1") < 0)
		members_kill(dir);
	if (h->v2)
		below_remove(dir);
}

int group_clean(uint64_t id)
{
	char name[GROUP_NAME];
	group_name(id, name);
	for (int i = 0; group_remove(id) != 0; i++) {
		if (i == PAUSES)
			return err_set(
			    EIO, "the control group %s: processes in it did not end in 10 s", name);
		for (int k = 0; k < nhiers; k++)
			one_kill(&hiers[k], name);
		pause_ms(i < 10 ? 1 : PAUSE_MS);
	}
	return 0;
}
