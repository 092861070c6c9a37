#include "mount-helper/kit/aside.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/wire.h"
#include "mount-helper/kit/sys.h"

enum { SOCK = 3, PATIENCE_MS = 10000 };

/* The process may stay for ever: it keeps nothing but its socket, so that no pipe or socket of the
 * helper's stays open with it. */
static _Noreturn void worker_run(int sock, int (*work)(const void *), const void *arg)
{
	struct err e = {0};
	int fd = -1;
	if (dup2(sock, SOCK) == SOCK && sys_close_range(SOCK + 1, 0) == 0)
		fd = work(arg);
	if (fd < 0)
		err_copy(&e);
	wire_send(SOCK, &e, sizeof(e), &fd, fd >= 0 ? 1 : 0);
	_exit(0);
}

static int answer_receive(int sock, pid_t pid, const char *what)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	struct err e = {0};
	int fd = -1, n = 0, got;
	while ((got = poll(&p, 1, PATIENCE_MS)) < 0 && errno == EINTR)
		;
	if (got == 0) { /* if it waits for a file system's server not even SIGKILL ends it */
		kill(pid, SIGKILL);
		return err_set(EIO,
		    "%s: no answer in %d s: give a file on a file system that answers", what,
		    PATIENCE_MS / 1000);
	}
	ssize_t size = wire_recv(sock, &e, sizeof(e), &fd, 1, &n);
	waitpid(pid, NULL, 0);
	if (size == (ssize_t)sizeof(e) && n == 1)
		return fd;
	return e.code != 0 ? err_restore(&e) : err_set(EIO, "%s: it was killed over it", what);
}

int aside(int (*work)(const void *arg), const void *arg, const char *what)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("%s: socketpair", what);
	cleanup_fd int ours = ends[0], theirs = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return err_sys("%s: fork", what);
	if (pid == 0)
		worker_run(theirs, work, arg);
	fd_close(&theirs);
	return answer_receive(ours, pid, what);
}
