/* The spawner: see enter.h. It parses nothing that a zone says, and ends when the monitor has. */
#include "monitor/exec/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/hosts.h"
#include "base/list.h"
#include "base/resolv.h"
#include "base/signals.h"
#include "base/wire.h"
#include "monitor/exec/become.h"
#include "protocol/nic.h"
#include "protocol/start.h"

enum { FD_SOCK = MONITOR_FD_LISTEN, FDS = 2, NAMES_SECONDS = 2 };

static struct spawner_groups given;

static void news_send(int sock, uint32_t word, pid_t pid, int fd)
{
	struct enter_news n = {.word = word, .pid = pid};
	if (word == ENTER_FAILED)
		err_copy(&n.err);
	wire_send(sock, &n, sizeof(n), &fd, fd >= 0 ? 1 : 0);
}

/* A job may have no more capabilities than process 1 can ever have. */
static int caps_read(uint64_t *caps)
{
	char text[4096];
	ssize_t n = pread(MONITOR_FD_STATUS, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	const char *line = strstr(text, "\nCapBnd:");
	if (line == NULL)
		return err_set(EIO, "start: what process 1 may do is not known");
	*caps = strtoull(line + sizeof("\nCapBnd:") - 1, NULL, 16);
	return 0;
}

/* Enter the zone's own group for jobs, from which its init can move the job on. If the zone has
 * removed it, or made it refuse processes, enter the group outside. */
static int groups_enter(void)
{
	if (given.inner && write(MONITOR_FD_INNER, "0", 1) == 1)
		return 0;
	for (int i = 0; i < given.groups; i++)
		if (write(MONITOR_FD_GROUPS + i, "0", 1) < 0)
			return err_sys("start: enter the zone's control groups");
	return 0;
}

/* The groups first: what follows is charged to the zone. */
static int zone_enter(void)
{
	if (groups_enter() < 0)
		return -1;
	if (setns(MONITOR_FD_INIT, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
				       CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP) < 0)
		return err_sys("start: enter the zone");
	return 0;
}

/* A child of the monitor's, as we are. */
static pid_t sibling_clone(int *pidfd)
{
	struct clone_args a = {.flags = CLONE_PARENT | (pidfd != NULL ? CLONE_PIDFD : 0),
	    .pidfd = (uint64_t)(uintptr_t)pidfd};
	return (pid_t)syscall(SYS_clone3, &a, sizeof(a));
}

static int second_start(int sock, int orders, uint64_t caps)
{
	int pidfd = -1;
	pid_t pid = sibling_clone(&pidfd);
	if (pid == 0)
		job_become(sock, orders, caps);
	if (pid < 0 && errno == EAGAIN)
		return err_set(ENOSPC, "start: the zone takes no more processes: see pids.max");
	if (pid < 0)
		return err_sys("start: make a process");
	news_send(sock, ENTER_BORN, pid, pidfd);
	return 0;
}

static _Noreturn void first_run(int sock, int orders)
{
	uint64_t caps = 0;
	if (caps_read(&caps) == 0 && zone_enter() == 0 && second_start(sock, orders, caps) == 0)
		_exit(0);
	news_send(sock, ENTER_FAILED, 0, -1);
	_exit(1);
}

static void job_start(int sock, int orders)
{
	pid_t pid = sibling_clone(NULL);
	if (pid == 0)
		first_run(sock, orders);
	if (pid < 0)
		err_sys("start: fork");
	news_send(sock, pid < 0 ? ENTER_FAILED : ENTER_FIRST, pid, -1);
}

/* The kernel asks for the owner of the zone's user namespace, which is the monitor's uid. Its files
 * may be a FUSE server's inside, which never answers: they come last, and have an end. */
static _Noreturn void hostname_take(const struct spawn_request *r)
{
	char name[HOST_NAME_MAX + 1] = "";
	if (r->len > HOST_NAME_MAX ||
	    setns(MONITOR_FD_INIT, CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNS) < 0 ||
	    sethostname(r->name, r->len) < 0)
		_exit(errno);
	memcpy(name, r->name, r->len);
	signals_reset();
	alarm(NAMES_SECONDS);
	if (setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0) {
		hosts_keep(name);
		resolv_keep(PASTA_NAMES);
	}
	_exit(0);
}

static void hostname_set(int sock, const struct spawn_request *r)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		hostname_take(r);
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		errno =
		    WIFEXITED(status) ? WEXITSTATUS(status) : 0; /* by the alarm: it has the name */
	if (errno != 0)
		err_sys("set the host name");
	news_send(sock, errno != 0 ? ENTER_FAILED : ENTER_DONE, 0, -1);
}

/* False: the monitor has ended. */
static bool request_serve(int sock)
{
	static struct spawn_request r;
	int fds[FDS] = {-1, -1}, nfds = 0;
	err_clear();
	ssize_t n = wire_recv(sock, &r, sizeof(r), fds, FDS, &nfds);
	bool whole = n == (ssize_t)sizeof(r) && fds[0] >= 0 && r.len <= sizeof(r.name);
	if (whole && r.word == SPAWN_NAME)
		hostname_set(fds[0], &r);
	else if (whole && r.word == SPAWN_JOB && fds[1] >= 0)
		job_start(fds[0], fds[1]);
	for (int i = 0; i < FDS; i++)
		fd_close(&fds[i]);
	return n > 0;
}

/* Close all of the monitor's descriptors but those that are needed to enter the zone. */
static int fds_clear(int sock)
{
	const int between[][2] = {{FD_SOCK + 1, MONITOR_FD_INIT - 1},
	    {MONITOR_FD_INIT + 1, MONITOR_FD_FILTER - 1}, {MONITOR_FD_OOM, MONITOR_FD_OOM},
	    {MONITOR_FD_GROUPS + given.groups, INT_MAX}};
	if (dup3(sock, FD_SOCK, O_CLOEXEC) < 0)
		return -1;
	if (!given.inner) /* then the monitor uses this number itself */
		close(MONITOR_FD_INNER);
	for (size_t i = 0; i < NELEM(between); i++)
		if (syscall(SYS_close_range, between[i][0], between[i][1], 0) < 0)
			return -1;
	return 0;
}

_Noreturn void spawner(int sock, const struct spawner_groups *w)
{
	given = *w;
	prctl(PR_SET_NAME, "warren-spawner");
	if (fds_clear(sock) == 0)
		while (request_serve(FD_SOCK))
			;
	_exit(0);
}
