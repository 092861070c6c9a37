#include "mount-helper/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "mount-helper/kit/requester.h"
#include "mount-helper/daemon.h"
#include "mount-helper/fusemount.h"
#include "mount-helper/build/lxcfs.h"
#include "mount-helper/ops.h"
#include "protocol/helper.h"
#include "protocol/start.h"
#include "mount-helper/net/rulewatch.h"
#include "mount-helper/proof/seal.h"

enum {
	FIXED = 5,
	WORKERS = 64,
	QUICK_MS = 1000,
	QUICK_TIMES = 5,
	PAUSE_MAX_MS = 10000,
	STOP_MS = 10000
};

struct keeper {
	struct helper *h;
	struct daemon daemon;
	int *report; /* borrowed; -1: nobody waits, or no longer */
	int signals; /* signalfd, owned */
	int mounts; /* tells of changes of the host's mounts, owned */
	int rules; /* and of its nftables, owned; -1: there are none */
	struct worker workers[WORKERS]; /* owned */
	int nworkers;
	int64_t started; /* when the daemon was */
	int64_t again_at; /* when to start the next; 0: one runs */
	int64_t kill_at; /* when to kill a daemon that was told to stop; 0: never */
	int quick; /* daemons in a row that died before they answered */
	bool serves; /* this daemon answers */
	bool lost; /* rules were removed while no daemon could be told */
	bool ready, stopping, over;
	bool leaving; /* the mount stays, for the next helper */
	struct err why; /* no tree ever answered */
	char words[512]; /* the last that the daemon said before it was ready */
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void daemon_restart(struct keeper *k, bool again)
{
	k->started = now_ms();
	k->again_at = 0;
	k->serves = false;
	ops_ahead_end();
	for (int i = 0; i < k->nworkers; i++)
		k->workers[i].asked = 0;
	/* after an upgrade the new programs */
	if (again && programs_open(&k->h->programs) < 0)
		log_warn("%s", err_text());
	if (daemon_start(&k->daemon, k->h, again) == 0)
		return;
	log_error("%s", err_text());
	k->again_at = k->started + QUICK_MS;
}

/* Read the daemon's standard error: before the tree answers it is the reason of a failure, later it
 * goes to the log. */
static void words_read(struct keeper *k)
{
	char text[sizeof(k->words)];
	ssize_t n = read(k->daemon.words, text, sizeof(text) - 1);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fd_close(&k->daemon.words);
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
			text[i] = ' ';
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
	if (k->ready)
		log_warn("daemon: %s", text);
	else
		memcpy(k->words, text, sizeof(text));
}

static void give_up(struct keeper *k, int status)
{
	if (k->daemon.words >= 0)
		words_read(k);
	if (k->words[0] != '\0')
		err_set(EIO, "%s", k->words);
	else if (WIFSIGNALED(status))
		err_set(EIO, "the daemon was killed by signal %d before the tree answered",
		    WTERMSIG(status));
	else
		err_set(EIO, "the daemon ended with status %d before the tree answered",
		    WEXITSTATUS(status));
	err_copy(&k->why);
	k->over = true;
}

/* Start the next daemon at once, so that clients hardly notice; after growing pauses if daemons die
 * again and again before they answer. */
static void again_later(struct keeper *k, int status)
{
	int64_t now = now_ms(), pause = 0;
	k->quick = k->serves ? 0 : k->quick + 1;
	if (k->quick >= QUICK_TIMES)
		pause = k->quick - QUICK_TIMES < 7 ? INT64_C(100) << (k->quick - QUICK_TIMES)
						   : PAUSE_MAX_MS;
	log_warn("the daemon ended (%s %d): starting it again",
	    WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	k->again_at = now + pause;
}

static void daemon_ended(struct keeper *k, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (!k->ready && (code == DAEMON_EXIT_CANNOT || !k->stopping))
		give_up(k, status);
	else if (k->stopping || code == DAEMON_EXIT_UNMOUNTED || code == DAEMON_EXIT_UNMOUNT)
		k->over = true;
	else
		again_later(k, status);
	daemon_forget(&k->daemon);
}

/* Reap children. Workers and the monitors that they became are among them; only the daemon's end
 * matters here. */
static void children_reap(struct keeper *k)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == k->daemon.pid)
			daemon_ended(k, status);
}

static void daemon_stop(struct keeper *k)
{
	k->stopping = true;
	if (k->daemon.pid == 0) {
		k->over = true;
		return;
	}
	kill(k->daemon.pid, k->kill_at != 0 ? SIGKILL : SIGTERM);
	k->kill_at = now_ms() + STOP_MS;
}

/* systemd will start the helper again; it sends SIGTERM after this signal. */
static void leave(struct keeper *k)
{
	if (!k->h->kept || k->stopping)
		return;
	k->leaving = true;
	daemon_stop(k);
}

static void signals_read(struct keeper *k)
{
	struct signalfd_siginfo s;
	while (read(k->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			children_reap(k);
		else if (s.ssi_signo == SIGUSR2)
			leave(k);
		else if (!k->leaving)
			daemon_stop(k);
	}
}

/* Tell the daemon, which knows whose rules these were, and whether they should still be there. */
static void rules_lost(const char *name, void *arg)
{
	struct keeper *k = arg;
	struct helper_reply news = {.seq = 0};
	snprintf(news.err.text, sizeof(news.err.text), "%s", name);
	k->lost = !k->serves || k->daemon.sock < 0;
	if (!k->lost)
		requester_answer(&(struct requester){k->daemon.sock, -1}, &news, -1);
}

static void ready(struct keeper *k)
{
	static const struct err fine;
	if (*k->report >= 0)
		(void)!write(*k->report, &fine, sizeof(fine));
	fd_close(k->report);
	k->ready = k->serves = true;
	seal_end(k->h);
	if (k->lost)
		rules_lost("", k);
	ops_ahead(k->h, k->daemon.sock);
}

static void request_receive(struct keeper *k)
{
	switch (ops_receive(k->h, k->daemon.sock, &k->workers[k->nworkers])) {
	case OPS_READY:
		ready(k);
		break;
	case OPS_WORKER:
		k->nworkers++;
		break;
	case OPS_BROKEN:
		log_error("a malformed request: ending this daemon");
		kill(k->daemon.pid, SIGKILL);
		fd_close(&k->daemon.sock);
		break;
	case OPS_CLOSED:
		fd_close(&k->daemon.sock);
		break;
	case OPS_DONE:
		break;
	}
}

static int timeout_of(const struct keeper *k)
{
	int64_t at = k->again_at != 0 ? k->again_at : k->kill_at;
	if (at == 0)
		return -1;
	int64_t left = at - now_ms();
	return left < 0 ? 0 : (int)left;
}

static void time_passed(struct keeper *k)
{
	int64_t now = now_ms();
	if (k->again_at != 0 && now >= k->again_at && !k->over)
		daemon_restart(k, k->ready);
	if (k->kill_at != 0 && now >= k->kill_at && k->daemon.pid > 0)
		kill(k->daemon.pid, SIGKILL);
}

static void workers_reap(struct keeper *k, const struct pollfd *p)
{
	for (int i = k->nworkers - 1; i >= 0; i--) {
		if (p[i].revents == 0)
			continue;
		ops_worker_end(&k->workers[i], k->daemon.sock);
		k->workers[i] = k->workers[--k->nworkers];
	}
	if (k->serves && k->daemon.sock >= 0)
		ops_ahead(k->h, k->daemon.sock);
}

/* lxcfs may be elsewhere. The worker forked ahead has the old place: let it go. */
static void mounts_changed(struct keeper *k)
{
	char before[PATH_MAX];
	memcpy(before, k->h->lxcfs, sizeof(before));
	lxcfs_find(k->h->lxcfs);
	if (strcmp(before, k->h->lxcfs) != 0)
		ops_ahead_end();
}

static void loop_once(struct keeper *k)
{
	struct pollfd p[FIXED + WORKERS] = {
	    {.fd = k->signals, .events = POLLIN},
	    {.fd = k->daemon.words, .events = POLLIN},
	    /* with all workers busy the daemon's requests wait in its socket */
	    {.fd = k->nworkers < WORKERS ? k->daemon.sock : -1, .events = POLLIN},
	    {.fd = k->mounts, .events = POLLPRI},
	    {.fd = k->rules, .events = POLLIN},
	};
	for (int i = 0; i < k->nworkers; i++)
		p[FIXED + i] = (struct pollfd){.fd = k->workers[i].end}; /* POLLHUP */
	if (poll(p, (nfds_t)(FIXED + k->nworkers), timeout_of(k)) > 0) {
		workers_reap(k, p + FIXED);
		if (p[4].revents != 0)
			rulewatch_read(k->rules, rules_lost, k);
		if (p[3].revents != 0)
			mounts_changed(k);
		if (p[2].revents != 0)
			request_receive(k);
		if (p[1].revents != 0)
			words_read(k);
		if (p[0].revents != 0)
			signals_read(k);
	}
	time_passed(k);
}

int keeper_run(struct helper *h, int *report)
{
	struct keeper k = {.h = h, .report = report, .daemon = {0, -1, -1}};
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	k.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (k.signals < 0)
		return err_sys("signalfd");
	k.mounts = lxcfs_watch();
	k.rules = rulewatch_open();
	lxcfs_find(h->lxcfs);
	daemon_restart(&k, h->taken);
	while (!k.over)
		loop_once(&k);
	ops_ahead_end();
	if (!k.leaving)
		fusemount_remove(h->opt.mountpoint, h->fuse);
	daemon_forget(&k.daemon);
	fd_close(&k.signals);
	fd_close(&k.mounts);
	fd_close(&k.rules);
	return k.why.code != 0 ? err_restore(&k.why) : 0;
}
