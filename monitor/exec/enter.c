#include "monitor/exec/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/wire.h"
#include "protocol/start.h"
#include "monitor/exec/spawner.h"

static int to = -1; /* the spawner's socket; -1: there is none */

static int socketpair_make(int *ours, int *theirs)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	*ours = ends[0];
	*theirs = ends[1];
	return 0;
}

/* Descriptors that the monitor was started with and that are for the spawner alone. */
static int came[MONITOR_FD_GROUPS + MONITOR_GROUPS], ncame;
static struct spawner_groups given;
static bool shielded;

static void groups_count(void)
{
	for (int fd = MONITOR_FD_FILTER; fd < MONITOR_FD_GROUPS + MONITOR_GROUPS; fd++) {
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			continue;
		shielded = shielded || fd == MONITOR_FD_OOM;
		given.inner = given.inner || fd == MONITOR_FD_INNER;
		given.groups += fd >= MONITOR_FD_GROUPS;
		if (fd != MONITOR_FD_STATUS)
			came[ncame++] = fd;
	}
}

/* A monitor may be shielded from the host's OOM killer; a job is not. So the spawner is forked
 * while the monitor's oom_score_adj is 0. The value that the monitor was started with is the least
 * that it may set (proc(5)): it can set that again. */
static pid_t fork_unshielded(void)
{
	char was[16];
	ssize_t n = shielded ? pread(MONITOR_FD_OOM, was, sizeof(was), 0) : 0;
	if (n > 0)
		(void)!pwrite(MONITOR_FD_OOM, "0", 1, 0);
	pid_t pid = fork();
	if (pid != 0 && n > 0)
		(void)!pwrite(MONITOR_FD_OOM, was, (size_t)n, 0);
	return pid;
}

int enter_init(void)
{
	cleanup_fd int ours = -1, theirs = -1;
	groups_count();
	if (socketpair_make(&ours, &theirs) < 0)
		return err_sys("socketpair");
	pid_t pid = fork_unshielded();
	if (pid == 0)
		spawner(theirs, &given);
	if (pid < 0)
		return err_sys("start the spawner");
	while (ncame > 0)
		close(came[--ncame]);
	to = fd_move(&ours);
	return 0;
}

static int spawner_ask(const struct spawn_request *r, const int *fds, int nfds)
{
	if (wire_send(to, r, sizeof(*r), fds, nfds) == 0)
		return 0;
	return err_set(
	    EIO, "start: what enters the zone for its monitor has died: reboot the zone");
}

/* Are there free descriptors for what the job will send? Else its command would run before the
 * start is refused. Two of the four can take the numbers of the orders and the other end of the
 * socket. */
static bool has_room(void)
{
	int a = fcntl(to, F_DUPFD_CLOEXEC, 3), b = fcntl(to, F_DUPFD_CLOEXEC, 3);
	bool room = a >= 0 && b >= 0;
	fd_close(&a);
	fd_close(&b);
	return room;
}

int enter_start(int orders, int *sock)
{
	static const struct spawn_request r = {.word = SPAWN_JOB};
	cleanup_fd int ours = -1, theirs = -1;
	if (socketpair_make(&ours, &theirs) < 0 || !has_room())
		return err_set(ENOSPC, "start: its monitor has as many descriptors as it may");
	if (spawner_ask(&r, (const int[]){theirs, orders}, 2) < 0)
		return -1;
	if (fd_nonblock(ours) < 0)
		err_sys("start"); /* if this fails the socket blocks for a moment, no more */
	*sock = fd_move(&ours);
	return 0;
}

bool enter_is_end(int fd, bool tty)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return false;
	return tty ? S_ISCHR(st.st_mode) && isatty(fd) : S_ISFIFO(st.st_mode);
}

/* Waits for the spawner's answer, which takes two system calls. */
int enter_hostname(const char *name, size_t n)
{
	struct spawn_request r = {.word = SPAWN_NAME, .len = (uint32_t)n};
	struct enter_news news;
	cleanup_fd int ours = -1, theirs = -1;
	if (to < 0)
		return err_set(EOPNOTSUPP, "a guest's name is its own");
	if (n > sizeof(r.name))
		return err_set(EINVAL, "set the host name: %zu bytes are too many", n);
	memcpy(r.name, name, n);
	if (socketpair_make(&ours, &theirs) < 0)
		return err_sys("set the host name: socketpair");
	if (spawner_ask(&r, &theirs, 1) < 0)
		return -1;
	fd_close(&theirs);
	if (wire_recv(ours, &news, sizeof(news), NULL, 0, NULL) != (ssize_t)sizeof(news))
		return err_set(EIO, "set the host name: the answer did not come");
	err_tidy(&news.err);
	return news.word == ENTER_DONE ? 0 : err_restore(&news.err);
}
