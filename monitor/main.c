/* warren-monitor INITPID zone|vm: keeps the console, the log, the jobs and the exit status of a
 * running zone until the zone has ended and the daemon knows it. It has no rights but the zone's
 * own, opens nothing but a zone's files of metadata, and outlives the daemon and the helper. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"
#include "base/ring.h"
#include "base/confine.h"
#include "base/word.h"
#include "protocol/start.h"
#include "monitor/clients.h"
#include "monitor/console.h"
#include "monitor/exec/enter.h"
#include "monitor/exec/job.h"
#include "monitor/journal.h"
#include "monitor/vm/agent.h"
#include "monitor/vm/job.h"
#include "monitor/metadata/askers.h"
#include "monitor/metadata/keys.h"
#include "monitor/vm/messages.h"
#include "monitor/vm/run.h"
#include "monitor/vm/servers.h"
#include "monitor/vm/qmp.h"
#include "monitor/confine.h"
#include "monitor/zone.h"

enum {
	FDS_MAX = 16384 /* seven for each job that runs */,
	MEMORY_MAX = 256 << 20,
	RETRY_MS = 1000,
	GREET_MS = 20
};

static bool is_kept(int s)
{
	static const int kept[] = {
	    SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
	for (size_t i = 0; i < NELEM(kept); i++)
		if (kept[i] == s)
			return true;
	return false;
}

/* Only SIGKILL ends the monitor at once, and the zone with it. SIGCHLD must never be ignored, not
 * even for a moment: a process 1 that ends in that moment would leave no status. */
static void ignore_signals(void)
{
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_SETMASK, &held, NULL);
	for (int s = 1; s <= SIGRTMAX; s++)
		if (!is_kept(s))
			signal(s, s == SIGTERM ? SIG_DFL : SIG_IGN);
}

/* SIGTERM comes to all processes when the host goes down. The monitor asks the zone to end. After
 * that nobody will ask how it ended: clients that are connected have been told. */
static int term = -1;
static bool leaving;

static int term_fd(short *events)
{
	*events = POLLIN;
	return term;
}

static void term_ready(short revents)
{
	struct signalfd_siginfo s;
	(void)revents;
	if (read(term, &s, sizeof(s)) != (ssize_t)sizeof(s) || leaving)
		return;
	leaving = true;
	if (!zone_ended())
		zone_shutdown(MON_SECONDS);
}

static int term_init(void)
{
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	term = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
	return term < 0 ? err_sys("signalfd") : 0;
}

/* The soft limits only: jobs have the hard ones that process 1 has. */
static int limit_set(__rlimit_resource_t what, rlim_t soft)
{
	struct rlimit r;
	if (getrlimit(what, &r) < 0)
		return -1;
	r.rlim_cur = soft < r.rlim_max ? soft : r.rlim_max;
	return setrlimit(what, &r);
}

static int be_harmless(void)
{
	ignore_signals();
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || limit_set(RLIMIT_NOFILE, FDS_MAX) < 0 ||
	    limit_set(RLIMIT_CORE, 0) < 0)
		return err_sys("give up rights");
	return 0;
}

/* Limits of the monitor alone, not of the spawner and jobs. No file of ours is larger than a ring;
 * JOBS_MAX jobs with both directions full use half of this memory. */
static int be_confined(void)
{
	if (limit_set(RLIMIT_FSIZE, sizeof(struct ring_head) + RING_ROOM_MAX) < 0 ||
	    (CONFINED && limit_set(RLIMIT_AS, MEMORY_MAX) < 0))
		return err_sys("give up rights");
	return monitor_confine();
}

static int check_fds(int last)
{
	for (int fd = MONITOR_FD_LISTEN; fd <= last; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return err_sys("descriptor %d", fd);
	return 0;
}

/* Call it before anything is opened. -1: it was not given. */
static int fd_given(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : fd;
}

static int metadata_start(bool vm)
{
	if (fcntl(MONITOR_FD_MDATA, F_SETFD, FD_CLOEXEC) < 0 ||
	    (!vm && fcntl(MONITOR_FD_METADATA, F_SETFD, FD_CLOEXEC) < 0))
		return err_sys("descriptors of metadata");
	keys_init(vm ? -1 : MONITOR_FD_METADATA);
	umask(0117); /* of a zone's files */
	return askers_init(MONITOR_FD_MDATA, vm);
}

static int monitor_start(char **argv)
{
	uint64_t init = 0;
	bool vm = strcmp(argv[2], "vm") == 0;
	int display = vm ? fd_given(MONITOR_FD_VNC) : -1;
	int agent = vm ? fd_given(MONITOR_FD_AGENT) : -1;
	if (vm && servers_init() < 0)
		return -1;
	if (word_u64(argv[1], "give a process number", &init) < 0)
		return -1;
	if (init < 2 || init > INT32_MAX || (!vm && strcmp(argv[2], "zone") != 0))
		return err_set(EINVAL, "usage: warren-monitor INITPID zone|vm");
	if (be_harmless() < 0 || (!vm && enter_init() < 0) ||
	    check_fds(vm ? MONITOR_FD_QMP : MONITOR_FD_INIT) < 0 || term_init() < 0 ||
	    jobs_init() < 0 || journal_open(MONITOR_FD_LOG) < 0 ||
	    clients_init(MONITOR_FD_LISTEN, vm ? &vmjobs_face : &jobs_face) < 0 ||
	    zone_init((pid_t)init, MONITOR_FD_INIT, vm) < 0 ||
	    console_init(MONITOR_FD_CONSOLE, !vm) < 0 || metadata_start(vm) < 0)
		return -1;
	if (vm &&
	    (messages_init(MONITOR_FD_MESSAGES) < 0 || qmp_init(MONITOR_FD_QMP, display) < 0 ||
		agent_init(agent) < 0 || run_init() < 0))
		return -1;
	return be_confined();
}

/* Output is read before the end of process 1 is: the last line of QEMU's belongs to it. */
static const struct {
	int (*fd)(short *events); /* -1: not now */
	void (*ready)(short revents);
} sources[] = {
    {console_fd, console_ready},
    {messages_fd, messages_ready},
    {qmp_fd, qmp_ready},
    {agent_fd, agent_ready},
    {agent_timer_fd, agent_timer_ready},
    {run_timer_fd, run_timer_ready},
    {jobs_fd, jobs_ready},
    {askers_fd, askers_ready},
    {zone_init_fd, zone_init_ready},
    {servers_fd, servers_ready},
    {zone_timer_fd, zone_timer_ready},
    {term_fd, term_ready},
    {clients_listen, clients_accept},
};

static void round_of(struct pollfd *p)
{
	struct pollfd *clients = p + NELEM(sources);
	for (size_t i = 0; i < NELEM(sources); i++)
		p[i].fd = sources[i].fd(&p[i].events);
	clients_poll(clients);
	int timeout = console_more()					 ? 0
		      : clients_deaf() || jobs_later() || vmjobs_later() ? RETRY_MS
									 : -1;
	int n = poll(p, NELEM(sources) + CLIENTS_MAX, timeout);
	if (n < 0)
		return; /* EINTR, or no memory for a moment */
	if (n == 0) {
		jobs_retry();
		vmjobs_retry();
	}
	for (size_t i = 0; i < NELEM(sources); i++) {
		short unused;
		bool due = p[i].revents != 0 || (i == 0 && console_more());
		if (due && sources[i].fd(&unused) >= 0) /* the handler of an earlier source may have
							 * closed it */
			sources[i].ready(p[i].revents);
	}
	clients_ready(clients);
	clients_flush();
}

int main(int argc, char **argv)
{
	static struct pollfd p[NELEM(sources) + CLIENTS_MAX];
	if (argc != 3 || monitor_start(argv) < 0) {
		fprintf(stderr, "warren-monitor: %s\n",
		    argc != 3 ? "usage: INITPID zone|vm" : err_text());
		return 2;
	}
	while (!clients_bye() && !(leaving && zone_ended()))
		round_of(p);
	return 0;
}
