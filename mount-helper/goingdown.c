#include "mount-helper/goingdown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/sys.h"

/* The seconds that zones get, and a little more for the processes that ask. */
#define SHUTDOWN_ALL "shutdown-all 60"
enum { SECONDS = 65 };

/* ---- trees ---- */

/* In a process of its own, so that a tree that hangs holds up nothing else. */
static _Noreturn void tree_ask(const char *at)
{
	char ctl[PATH_MAX];
	alarm(SECONDS);
	int n = snprintf(ctl, sizeof(ctl), "%s/ctl", at);
	int fd = n < (int)sizeof(ctl) ? open(ctl, O_WRONLY | O_CLOEXEC) : -1;
	_exit(fd >= 0 && write(fd, SHUTDOWN_ALL, strlen(SHUTDOWN_ALL)) > 0 ? 0 : 1);
}

static int mount_seen(const struct mountinfo *m, void *arg)
{
	(void)arg;
	if (strcmp(m->type, "fuse.warren") == 0 && strcmp(m->root, "/") == 0 && fork() == 0)
		tree_ask(m->at);
	return 0;
}

static void time_over(int signal)
{
	(void)signal;
}

/* Wait for these processes, for a while: one that asks a stopped daemon can't even be killed. */
static void trees_await(void)
{
	struct sigaction a = {.sa_handler = time_over}; /* without SA_RESTART */
	sigaction(SIGALRM, &a, NULL);
	alarm(SECONDS + 1);
	while (wait(NULL) > 0)
		;
	alarm(0);
}

/* ---- monitors ---- */

static bool has_our_userns(int dir)
{
	struct stat its, ours;
	return fstatat(dir, "ns/user", &its, 0) == 0 && stat("/proc/self/ns/user", &ours) == 0 &&
	       its.st_ino == ours.st_ino;
}

/* A process of a zone may have that name, too, but is not in the host's user namespace. */
static bool is_monitor(int dir)
{
	struct buf comm = {0};
	bool is = fd_read_at(dir, "comm", &comm) == 0 &&
		  strcmp(buf_text(&comm), "warren-monitor\n") == 0 && has_our_userns(dir);
	buf_finish(&comm);
	return is;
}

/* Open a pidfd of the process, so that its number can't be reused; -1: it is no monitor. */
static int monitor_hold(int proc, const char *number)
{
	char *end;
	long pid = strtol(number, &end, 10);
	if (*end != '\0' || pid <= 0)
		return -1;
	cleanup_fd int held = sys_pidfd_open((pid_t)pid);
	cleanup_fd int dir = openat(proc, number, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return held >= 0 && dir >= 0 && is_monitor(dir) ? fd_move(&held) : -1;
}

struct held {
	int *fds; /* owned */
	size_t n;
};

static void monitors_hold(struct held *h)
{
	DIR *proc = opendir("/proc");
	for (struct dirent *e; proc != NULL && (e = readdir(proc)) != NULL;) {
		int fd = monitor_hold(dirfd(proc), e->d_name);
		if (fd < 0)
			continue;
		h->fds = xrealloc(h->fds, (h->n + 1) * sizeof(h->fds[0]));
		h->fds[h->n++] = fd;
	}
	if (proc != NULL)
		closedir(proc);
}

static void monitors_end(struct held *h)
{
	time_t end = time(NULL) + SECONDS;
	for (size_t i = 0; i < h->n; i++)
		sys_pidfd_kill(h->fds[i], SIGTERM);
	for (size_t i = 0; i < h->n; i++) {
		struct pollfd p = {.fd = h->fds[i], .events = POLLIN};
		time_t left = end - time(NULL);
		if (poll(&p, 1, left > 0 ? (int)left * 1000 : 0) == 0)
			sys_pidfd_kill(h->fds[i], SIGKILL);
		close(h->fds[i]);
	}
	free(h->fds);
}

void goingdown(void)
{
	struct held h = {0};
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	mountinfo_each(mount_seen, NULL);
	trees_await();
	monitors_hold(&h);
	monitors_end(&h);
}
