#include "mount-helper/kit/aside.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/wire.h"
#include "mount-helper/kit/inherit.h"
#include "mount-helper/kit/sys.h"

enum { SOCK = 3, PATIENCE_MS = 10000 };

struct job {
	int (*work)(const void *);
	const void *arg;
	const int *fds; /* NULL: it opens one */
	int n;
};

/* Close all but the standard ones, the socket and those that the work is on. */
static int fds_place(int sock, const struct job *j)
{
	int n = ASIDE_FDS + j->n, keep = -1, *from = xcalloc((size_t)n, sizeof(*from));
	for (int i = 0; i < SOCK; i++)
		from[i] = i;
	from[SOCK] = sock;
	if (j->n > 0)
		memcpy(from + ASIDE_FDS, j->fds, (size_t)j->n * sizeof(*from));
	int r = inherit_fds(from, n, &keep);
	free(from);
	return r < 0 ? -1 : sys_close_range((unsigned)n, 0);
}

/* The process may stay for ever: it keeps nothing but its socket and what it looks at, so that no
 * pipe or socket of the helper's stays open with it. */
static _Noreturn void worker_run(int sock, const struct job *j)
{
	struct err e = {0};
	int r = fds_place(sock, j) == 0 ? j->work(j->arg) : -1;
	bool sends = r >= 0 && j->fds == NULL;
	if (r < 0)
		err_copy(&e);
	wire_send(SOCK, &e, sizeof(e), &r, sends ? 1 : 0);
	_exit(0);
}

static int answer_receive(int sock, pid_t pid, const struct job *j, const char *what)
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
	if (size == (ssize_t)sizeof(e) && e.code == 0 && n == (j->fds == NULL ? 1 : 0))
		return j->fds == NULL ? fd : 0;
	return e.code != 0 ? err_restore(&e) : err_set(EIO, "%s: it was killed over it", what);
}

static int job_run(const struct job *j, const char *what)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("%s: socketpair", what);
	cleanup_fd int ours = ends[0], theirs = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return err_sys("%s: fork", what);
	if (pid == 0)
		worker_run(theirs, j);
	fd_close(&theirs);
	return answer_receive(ours, pid, j, what);
}

int aside(int (*work)(const void *arg), const void *arg, const char *what)
{
	return job_run(&(struct job){.work = work, .arg = arg}, what);
}

int aside_look(
    int (*work)(const void *arg), const void *arg, const int *fds, int n, const char *what)
{
	return job_run(&(struct job){work, arg, fds, n}, what);
}
