#include "mount-helper/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/kit/inherit.h"
#include "protocol/start.h"
#include "mount-helper/view.h"

enum { HANDOVER_SIZE = 64 << 10 };

int daemon_handover_make(void)
{
	cleanup_fd int fd = memfd_create("warren-handover", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, HANDOVER_SIZE) < 0)
		return err_sys("make the handover file");
	return fd_move(&fd);
}

static char **clean_environment(void)
{
	static const char *const kept[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS"};
	static char *env[NELEM(kept) + 2];
	size_t n = 0;
	env[n++] = xstrdup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	for (size_t i = 0; i < NELEM(kept); i++)
		if (getenv(kept[i]) != NULL)
			env[n++] = xasprintf("%s=%s", kept[i], getenv(kept[i]));
	env[n] = NULL;
	return env;
}

static int become_daemon(const struct helper *h, int fds[8], bool again, pid_t helper)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/") < 0)
		return err_sys("chdir /");
	if (caps_become(h->dirs.uid, h->dirs.gid) < 0)
		return -1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != helper)
		return err_sys("end with the helper");
	static char name[] = "warren", flag[] = "--daemon", fg[] = "fg", bg[] = "bg",
		    fresh[] = "fresh", next[] = "again";
	char *level = xstrdup(log_level_names[h->opt.level]);
	char *argv[] = {name, flag, h->opt.cgroup, level, h->opt.foreground ? fg : bg,
	    again ? next : fresh, h->opt.run, NULL};
	return inherit_exec(fds, 8, h->programs.daemon, argv, clean_environment());
}

static void daemon_exec(const struct helper *h, int sock, int words, bool again, pid_t helper)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int state = h->dirs.state, run = h->dirs.run;
	if (!CONFINED || view_enter(h, &state, &run) == 0) {
		int fds[8] = {null, h->opt.foreground ? 1 : null, words < 0 ? 2 : words, sock,
		    h->fuse, h->handover, state, run};
		become_daemon(h, fds, again, helper);
	}
	dprintf(words < 0 ? 2 : words, "%s\n", err_text());
	_exit(DAEMON_EXIT_CANNOT);
}

int daemon_start(struct daemon *d, const struct helper *h, bool again)
{
	int ends[2], words[2] = {-1, -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("socketpair");
	cleanup_fd int ours = ends[0], theirs = ends[1];
	if (!h->opt.foreground && pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_sys("pipe");
	cleanup_fd int in = words[0], out = words[1];
	pid_t helper = getpid(), pid = fork();
	if (pid < 0)
		return err_sys("start the daemon");
	if (pid == 0)
		daemon_exec(h, theirs, out, again, helper);
	*d = (struct daemon){pid, fd_move(&ours), fd_move(&in)};
	return 0;
}

void daemon_forget(struct daemon *d)
{
	fd_close(&d->sock);
	fd_close(&d->words);
	d->pid = 0;
}
