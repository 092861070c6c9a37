#include "monitor/zone.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>

#include "base/err.h"
#include "base/fd.h"
#include "protocol/start.h"
#include "monitor/clients.h"
#include "monitor/console.h"
#include "monitor/exec/job.h"
#include "monitor/journal.h"
#include "monitor/vm/agent.h"
#include "monitor/vm/errand.h"
#include "monitor/vm/job.h"
#include "monitor/vm/messages.h"
#include "monitor/vm/qmp.h"

/* A guest notices its power button only from some moment of its boot on: so it is pressed again. */
enum { PRESS_SECONDS = 3 };

/* QEMU that is not up by then never will be: it takes half a second, and 20 s with 255 vcpus on a
 * slow host. One that has closed its QMP is about to end, as it does when its guest has powered
 * off, or can no longer be told anything. */
enum { UP_SECONDS = 120, CLOSED_SECONDS = 10 };

static struct mon_event now; /* op and seq are the clients' */
static int pidfd = -1, timer = -1;
static time_t deadline; /* of the shutdown under way, CLOCK_MONOTONIC */
static int sent; /* the last signal to process 1 that somebody asked for; 0: none */
static bool is_vm;
static bool ends; /* QEMU does */
static bool reboots; /* QEMU's end is a reboot */
static bool signalled; /* QEMU ends by a signal, although it exits with 0 */
static const struct err *due; /* why QEMU is ended when the timer is over; NULL: the timer is that
			       * of the shutdown under way, or off */
static bool overdue; /* it was over */

static const struct err never_up = {ETIMEDOUT, "QEMU is not up after 120 s"},
			closed = {
			    EIO, "QEMU has closed its QMP and went on: it could be told nothing"};

/* The timer of a shutdown stays, and so does what QEMU is being ended for. */
static int due_set(const struct err *why, time_t seconds)
{
	struct itimerspec t = {.it_value.tv_sec = seconds};
	if (now.asked || overdue)
		return 0;
	due = why;
	return timerfd_settime(timer, 0, &t, NULL) < 0 ? err_sys("timer") : 0;
}

int zone_init(pid_t init, int fd, bool vm)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	now.init = init;
	now.started = t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
	pidfd = fd;
	is_vm = vm;
	now.state = vm ? MON_STARTING : MON_RUNNING;
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timer < 0)
		return err_sys("timer");
	return vm ? due_set(&never_up, UP_SECONDS) : 0;
}

bool zone_ended(void)
{
	return now.state == MON_ENDED;
}

bool zone_stands_still(void)
{
	return now.state == MON_PAUSED;
}

void zone_tell(struct mon_event *e)
{
	*e = now;
}

static int signal_init(int signal)
{
	if (zone_ended())
		return err_set(ESRCH, "it does not run");
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		return err_sys("signal %d to process 1", signal);
	return 0;
}

/* The kernel lets the monitor signal its own zone, and itself. */
int zone_signal(pid_t pid, int signal)
{
	if (pid < 0 || pid == getpid() || signal < 0 || signal > SIGRTMAX)
		return err_set(EINVAL, "not a process and a signal of this zone");
	if (pid == 0 || pid == now.init || zone_ended()) {
		sent = signal;
		return signal_init(signal);
	}
	return kill(pid, signal) < 0 ? err_sys("signal %d to process %d", signal, (int)pid) : 0;
}

/* systemd executes itself anew at SIGTERM; SIGRTMIN+3 is its halt (systemd(1), SIGNALS). */
static int shutdown_signal(void)
{
	static const char systemd[] = "Name:\tsystemd\n";
	char name[sizeof(systemd) - 1];
	return pread(MONITOR_FD_STATUS, name, sizeof(name), 0) == (ssize_t)sizeof(name) &&
		       memcmp(name, systemd, sizeof(name)) == 0
		   ? SIGRTMIN + 3
		   : SIGTERM;
}

/* again: it was asked before, and has not ended. */
static int ask_shutdown(bool again)
{
	if (!is_vm)
		return signal_init(shutdown_signal());
	if (zone_ended())
		return err_set(ESRCH, "it does not run");
	qmp_powerdown();
	errand_shutdown(again);
	return 0;
}

static time_t clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int timer_set(void)
{
	time_t left = deadline - clock_now();
	struct itimerspec t = {
	    .it_value.tv_sec = is_vm && left > PRESS_SECONDS ? PRESS_SECONDS : left};
	return timerfd_settime(timer, 0, &t, NULL) < 0 ? err_sys("timer") : 0;
}

int zone_shutdown(uint32_t seconds)
{
	if (seconds == 0)
		return zone_halt();
	if (ask_shutdown(false) < 0)
		return -1;
	now.asked = 1;
	due = NULL;
	deadline = clock_now() + (time_t)seconds;
	return timer_set();
}

int zone_halt(void)
{
	if (signal_init(SIGKILL) < 0)
		return -1;
	now.asked = 1;
	due = NULL;
	return 0;
}

int zone_pause(bool on)
{
	if (!is_vm)
		return err_set(EOPNOTSUPP, "only a guest is paused by its monitor");
	if (zone_ended())
		return err_set(ESRCH, "it does not run");
	qmp_pause(on);
	return 0;
}

void zone_up(void)
{
	if (now.state != MON_STARTING)
		return;
	now.state = MON_RUNNING;
	due_set(NULL, 0);
	clients_status();
}

void zone_qmp_closed(void)
{
	if (!zone_ended())
		due_set(&closed, CLOSED_SECONDS);
}

void zone_failed(const struct err *why)
{
	if (now.state == MON_FAILED || zone_ended())
		return;
	now.state = MON_FAILED;
	now.err = *why;
	journal_remark("%s", why->text);
	clients_status();
}

void zone_stopped(const struct err *why)
{
	if (now.state != MON_RUNNING && now.state != MON_PAUSED)
		return;
	now.state = MON_PAUSED;
	now.err = *why;
	if (why->code != 0)
		journal_remark("the guest stands still: %s", why->text);
	clients_status();
}

void zone_hung(void)
{
	now.hangs++;
	clients_status();
}

void zone_was_reset(void)
{
	now.resets++;
	clients_status();
}

/* A status that says nothing new is told all the same. */
void zone_hardware_changed(void)
{
	clients_status();
}

enum { END_MSEC = 200 };

/* All of them end with QEMU. The kernel closes its sockets some moments before its pidfd tells of
 * its end, so that is waited for. */
void zone_unserved(unsigned server)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	if (ends || zone_ended() || poll(&end, 1, END_MSEC) != 0)
		return;
	now.unserved |= UINT64_C(1) << server;
	if (server == SERVER_TPM)
		journal_remark("tpm: its swtpm has ended");
	else
		journal_remark("mount%u: its virtiofsd has ended", server);
	clients_status();
}

void zone_served(unsigned server)
{
	now.unserved &= ~(UINT64_C(1) << server);
}

void zone_ends(void)
{
	ends = true;
}

void zone_was_signalled(void)
{
	signalled = true;
}

void zone_reboots(void)
{
	reboots = true;
}

void zone_goes_on(void)
{
	if (now.state != MON_FAILED && now.state != MON_PAUSED)
		return;
	if (now.state == MON_PAUSED)
		errand_clock();
	now.state = MON_RUNNING;
	memset(&now.err, 0, sizeof(now.err));
	clients_status();
}

int zone_init_fd(short *events)
{
	*events = POLLIN;
	return pidfd;
}

static int status_of(const siginfo_t *s)
{
	if (s->si_code == CLD_EXITED)
		return (s->si_status & 0xff) << 8;
	return s->si_status | (s->si_code == CLD_DUMPED ? 0x80 : 0);
}

/* An end by a signal that somebody asked for needs no explanation. */
static void explain_end(void)
{
	int signal = WIFSIGNALED(now.status) ? WTERMSIG(now.status) : 0;
	if (now.state == MON_PAUSED)
		now.err = (struct err){0};
	if (due != NULL && overdue && signal == SIGKILL && !now.asked && now.err.code == 0)
		now.err = *due;
	if (now.err.code != 0 || now.asked || (signal != 0 && signal == sent) ||
	    (now.status == 0 && (!signalled || sent != 0)))
		return;
	if (now.status == 0)
		err_set(EIO, "QEMU was ended by a signal that nobody asked for");
	else if (signal != SIGKILL && messages_last()[0] != '\0')
		err_set(EIO, "%s", messages_last());
	else if (is_vm && signal != 0)
		err_set(EIO, "QEMU was killed by signal %d", signal);
	else if (is_vm)
		err_set(
		    EIO, "QEMU ended with status %d and did not say why", WEXITSTATUS(now.status));
	else
		return;
	err_copy(&now.err);
}

void zone_init_ready(short revents)
{
	siginfo_t s = {0};
	(void)revents;
	if (waitid((idtype_t)WAIT_PIDFD, (id_t)pidfd, &s, WEXITED) < 0) {
		if (errno == EINTR)
			return;
		err_sys("how process 1 ended is not known");
		err_copy(&now.err);
	}
	now.status = status_of(&s);
	jobs_end();
	vmjobs_end();
	console_end();
	messages_end();
	qmp_end();
	agent_end();
	explain_end();
	if (reboots && now.status == 0 && !now.asked)
		now.status = SIGHUP;
	now.state = MON_ENDED;
	fd_close(&pidfd);
	fd_close(&timer);
	clients_status();
}

int zone_timer_fd(short *events)
{
	*events = POLLIN;
	return timer;
}

void zone_timer_ready(short revents)
{
	uint64_t ticks;
	(void)revents;
	if (read(timer, &ticks, sizeof(ticks)) != (ssize_t)sizeof(ticks))
		return;
	if (due != NULL) {
		overdue = true;
		signal_init(SIGKILL);
	} else if (clock_now() < deadline) {
		ask_shutdown(true);
		timer_set();
	} else if (zone_halt() == 0) {
		now.asked = 2;
	}
}
