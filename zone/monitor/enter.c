#include "zone/monitor/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/wire.h"
#include "mount-helper/protocol.h"

static pid_t init;
static int init_fd = -1, ways; /* descriptors MONITOR_FD_GROUPS and up: ways into the groups */
static bool inner; /* MONITOR_FD_INNER is one */

void enter_init(pid_t pid, int pidfd)
{
	init = pid;
	init_fd = pidfd;
	inner = fcntl(MONITOR_FD_INNER, F_SETFD, FD_CLOEXEC) == 0;
	while (ways < MONITOR_GROUPS && fcntl(MONITOR_FD_GROUPS + ways, F_SETFD, FD_CLOEXEC) == 0)
		ways++;
}

static void tell(int sock, uint32_t word, pid_t pid, int fd)
{
	struct enter_news n = {.word = word, .pid = pid};
	if (word == ENTER_FAILED)
		err_copy(&n.err);
	wire_send(sock, &n, sizeof(n), &fd, fd >= 0 ? 1 : 0);
}

/* What process 1 may ever do is all that a job may. */
static int caps_read(uint64_t *caps)
{
	char path[40];
	struct buf b = {0};
	snprintf(path, sizeof(path), "/proc/%d/status", (int)init);
	int result = fd_read_at(-1, path, &b);
	const char *line = result == 0 ? strstr(buf_text(&b), "\nCapBnd:") : NULL;
	if (line != NULL)
		*caps = strtoull(line + sizeof("\nCapBnd:") - 1, NULL, 16);
	buf_finish(&b);
	return line != NULL ? 0 : err_set(EIO, "start: what process 1 may do is not known");
}

/* The monitor may be shielded from the host's want of memory; a job is not. Our own file is ours only
 * while we are dumpable, and nobody in the zone can see us yet. */
static void oom_reset(void)
{
	struct buf b = {0};
	if (fd_read_at(-1, "/proc/self/oom_score_adj", &b) == 0 && buf_text(&b)[0] == '-') {
		prctl(PR_SET_DUMPABLE, 1);
		fd_write_at(-1, "/proc/self/oom_score_adj", "0");
		prctl(PR_SET_DUMPABLE, 0);
	}
	buf_finish(&b);
}

/* A group of the zone's own, where its init can take the job on from; a zone that has removed it, or made it take
 * none, keeps nobody out. */
static int groups_enter(void)
{
	if (inner && write(MONITOR_FD_INNER, "0", 1) == 1)
		return 0;
	for (int i = 0; i < ways; i++)
		if (write(MONITOR_FD_GROUPS + i, "0", 1) < 0)
			return err_sys("start: enter the zone's control groups");
	return 0;
}

/* The groups first: what follows is charged to the zone. */
static int zone_enter(void)
{
	if (groups_enter() < 0)
		return -1;
	if (setns(init_fd, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
				   CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP) < 0)
		return err_sys("start: enter the zone");
	return 0;
}

/* A child of the monitor's, who learns how it ends. */
static int second_start(int sock, int orders, uint64_t caps)
{
	int pidfd = -1;
	struct clone_args a = {
		.flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd};
	pid_t pid = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		job_become(sock, orders, caps);
	if (pid < 0 && errno == EAGAIN)
		return err_set(ENOSPC, "start: the zone takes no more processes: see pids.max");
	if (pid < 0)
		return err_sys("start: make a process");
	tell(sock, ENTER_BORN, pid, pidfd);
	return 0;
}

static _Noreturn void first(int sock, int orders)
{
	uint64_t caps = 0;
	if (caps_read(&caps) == 0) {
		oom_reset();
		if (zone_enter() == 0 && second_start(sock, orders, caps) == 0)
			_exit(0);
	}
	tell(sock, ENTER_FAILED, 0, -1);
	_exit(1);
}

pid_t enter_start(int orders, int *sock)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(ENOSPC, "start: its monitor: socketpair: %s", strerror(errno));
	cleanup_fd int ours = ends[0], theirs = ends[1];
	pid_t pid = fork();
	if (pid == 0)
		first(theirs, orders);
	if (pid < 0)
		return err_sys("start: fork");
	if (fd_nonblock(ours) < 0)
		err_sys("start"); /* then it blocks for a moment, no more */
	*sock = fd_move(&ours);
	return pid;
}

bool enter_is_end(int fd, bool tty)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return false;
	return tty ? S_ISCHR(st.st_mode) && isatty(fd) : S_ISFIFO(st.st_mode);
}

/* A moment of its own in the zone: two system calls. Only who has made the zone's user namespace may. */
int enter_hostname(const char *name, size_t n)
{
	int status;
	if (init_fd < 0)
		return err_set(EOPNOTSUPP, "a guest's name is its own");
	pid_t pid = fork();
	if (pid == 0)
		_exit(setns(init_fd, CLONE_NEWUSER | CLONE_NEWUTS) < 0 || sethostname(name, n) < 0
				? errno
				: 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return err_sys("set the host name: make a process");
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return errno != 0 ? err_sys("set the host name") : 0;
}
