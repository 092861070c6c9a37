#include "init/init.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"

#define RC "/etc/rc"

static pid_t rc = -1; /* while it runs */
static bool ending;
static bool own; /* the end was asked for inside: nobody outside will halt what does not end */
static bool again; /* then boot anew */
static int seconds; /* since then */

enum { INSIST = 1, KILL = 10 };
enum act { PASS, END, REAP, DROP, READ };

/* What a signal does; those not named here are passed on to all. Job control's come from our own
 * use of the terminal. */
static const unsigned char acts[NSIG] = {
    [SIGTERM] = END,
    [SIGINT] = END,
    [SIGPWR] = END,
    [SIGCHLD] = REAP,
    [SIGTSTP] = DROP,
    [SIGTTIN] = DROP,
    [SIGTTOU] = DROP,
    [SIGPIPE] = DROP,
    [SIGIO] = READ,
};

/* What busybox's reboot, halt and poweroff send to an init, and init(8)'s ctrl-alt-del. */
enum ask { NOTHING, OFF, AGAIN };
static const unsigned char asks[NSIG] = {
    [SIGTERM] = AGAIN,
    [SIGINT] = AGAIN,
    [SIGUSR1] = OFF,
    [SIGUSR2] = OFF,
};

/* Block all signals but faults, which would come back for ever. */
static void signals_block(sigset_t *all)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
	sigfillset(all);
	for (size_t i = 0; i < NELEM(faults); i++)
		sigdelset(all, faults[i]);
	sigprocmask(SIG_SETMASK, all, NULL);
}

/* rc gets the terminal in a process group of its own, within our session: a session of its own
 * would hang up the console for all whom it leaves behind. Blocked, SIGTTOU does not stop us. */
static void rc_exec(char **envp)
{
	char *direct[] = {(char[]){RC}, NULL}, *by_sh[] = {(char[]){"/bin/sh"}, (char[]){RC}, NULL};
	sigset_t none;
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid());
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (access(RC, X_OK) == 0)
		execve(RC, direct, envp);
	execve("/bin/sh", by_sh, envp);
	fprintf(stderr, "init: " RC " can't be run: there is no /bin/sh in this zone\n");
	_exit(127);
}

static int rc_start(int errors, char **envp)
{
	if (access(RC, F_OK) < 0)
		return 0;
	ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	rc = fork();
	if (rc == 0) {
		close(errors);
		rc_exec(envp);
	}
	return rc < 0 ? err_sys("init: start " RC) : 0;
}

/* Give up the terminal, so that a getty of the zone can take it. The kernel sends a SIGHUP to the
 * terminal's process group, which is only us by then. */
static void rc_ended(void)
{
	struct timespec at_once = {0};
	sigset_t hup;
	rc = -1;
	if (tcsetpgrp(STDIN_FILENO, getpgrp()) < 0 || ioctl(STDIN_FILENO, TIOCNOTTY) < 0)
		return;
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigaddset(&hup, SIGCONT);
	while (sigtimedwait(&hup, NULL, &at_once) > 0)
		;
}

/* Without sys_boot it is off. */
static _Noreturn void init_finish(void)
{
	if (again)
		reboot(RB_AUTOBOOT);
	_exit(0);
}

static void children_reap(void)
{
	pid_t pid;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		if (pid == rc)
			rc_ended();
	if (pid < 0 && errno == ECHILD && ending)
		init_finish();
}

/* Send the signal to all, and SIGCONT, so that stopped processes see it, too. */
static void end(int signal)
{
	ending = true;
	kill(-1, signal);
	kill(-1, SIGCONT);
	children_reap();
}

/* A second request does not delay the end. */
static void end_as_asked(enum ask ask)
{
	if (!own)
		seconds = 0;
	own = true;
	again = ask == AGAIN;
	end(SIGTERM);
}

/* Wait a second more after SIGHUP: an interactive shell at the console ends at a hangup, not at
 * SIGTERM. */
static void hangup_send(void)
{
	seconds++;
	if (seconds == INSIST && rc > 0)
		kill(rc, SIGHUP);
	if (seconds == KILL)
		kill(-1, SIGKILL);
}

static void request_read(void)
{
	int level = initctl_read();
	if (level == '0' || level == '6')
		end_as_asked(level == '6' ? AGAIN : OFF);
}

/* Who asks? For a sender outside our pid namespace the kernel shows process number 0. */
static enum ask request_of(const siginfo_t *s)
{
	bool inside = s->si_code <= 0 && s->si_pid > 0;
	return inside ? (enum ask)asks[s->si_signo] : NOTHING;
}

static void act_on(const siginfo_t *s)
{
	int signal = s->si_signo;
	if (request_of(s) != NOTHING) {
		end_as_asked(request_of(s));
		return;
	}
	switch ((enum act)acts[signal]) {
	case PASS:
		kill(-1, signal);
		break;
	case END:
		seconds = own ? seconds : 0;
		end(signal);
		break;
	case REAP:
		children_reap();
		break;
	case READ:
		request_read();
		break;
	case DROP:
		break;
	}
}

static bool alarm_set(void)
{
	return ending && seconds < (own ? KILL : INSIST);
}

int builtin_run(int errors, char **envp)
{
	static const struct timespec second = {.tv_sec = 1};
	sigset_t all;
	siginfo_t s;
	if (getpid() != 1) /* kill(-1) elsewhere would reach far */
		return err_set(EINVAL, "init: only process 1 of a zone can be its init");
	signals_block(&all);
	initctl_open();
	if (rc_start(errors, envp) < 0)
		return -1;
	close(errors);
	for (;;) {
		int signal = sigtimedwait(&all, &s, alarm_set() ? &second : NULL);
		if (signal > 0 && signal < NSIG)
			act_on(&s);
		else if (signal < 0 && errno == EAGAIN)
			hangup_send();
	}
}
