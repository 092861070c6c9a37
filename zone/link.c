#include "zone/link.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/asks.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"
#include "host/event.h"
#include "zone/ending.h"
#include "zone/exec/run.h"
#include "zone/metadata.h"
#include "zone/parts.h"
#include "zone/pause.h"
#include "zone/restart.h"
#include "zone/state.h"

enum { SETTLE_MSEC = 200 };

int zone_monitors_dir = -1;
static int arrived = -1; /* owned: the descriptor that came with the event being handled; -1:
			  * none */
static const struct err unlinked = {ESRCH, "it does not run"};

struct link {
	struct asks asks;
	void (*gone)(struct zone *); /* set: it has been told to go */
};

static void end(asks_done *done, void *arg, const void *answer, int fd, const struct err *why)
{
	fd_close(&fd);
	((link_done *)done)(arg, answer != NULL ? answer : why);
}

static void qmp_end(asks_done *done, void *arg, const void *answer, int fd, const struct err *why)
{
	((link_qmp_done *)done)(arg, fd, answer != NULL ? answer : why);
}

static void link_close(struct zone *z)
{
	struct link *l = z->link;
	if (l == NULL)
		return;
	z->link = NULL;
	asks_close(&l->asks, &unlinked);
	free(l);
}

/* Did reboot(2) end process 1? In a pid namespace it kills process 1 by SIGHUP (reboot) or SIGINT
 * (power off; pid_namespaces(7)). No kill(2) can do that: the kernel keeps signals other than
 * SIGKILL from ending a process 1. */
static bool by_reboot(const struct zone *z, int status, int signal)
{
	return z->kind->init_reboots && WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

static void on_end(struct zone *z, const struct mon_event *e)
{
	bool reboot = by_reboot(z, e->status, SIGHUP), off = by_reboot(z, e->status, SIGINT);
	if (e->asked && z->wish == WISH_NONE && !z->failed) /* by a daemon before this one */
		restart_wish(z, WISH_DOWN);
	if (z->why.code == 0 && e->err.code != 0 && !e->asked) {
		z->why = e->err;
		z->failed = true;
	}
	/* a reboot or power off went down in order */
	ending_note(z, &(struct ending){.status = reboot || off ? 0 : e->status,
			   .reboot = reboot,
			   .off = off,
			   .asked = e->asked});
	if (z->state == ZONE_BOOTING && !z->failed) /* it ended before we saw it run */
		zone_event(z, EV_STARTED);
	zone_event(z, z->state == ZONE_BOOTING ? EV_NOSTART
		      : reboot && !e->asked    ? EV_REBOOTED
					       : EV_ENDED);
}

static void on_status(struct zone *z, const struct mon_event *e)
{
	bool first = z->pid == 0;
	if (z->kind->told != NULL)
		z->kind->told(z, e);
	z->pid = e->init;
	if (z->started == 0) /* if it is known already, the settings told it */
		z->started = e->started;
	if (e->state == MON_STARTING && first) /* an earlier daemon began it */
		z->state = ZONE_BOOTING;
	if (e->state == MON_RUNNING && z->state == ZONE_RUNNING) /* an earlier daemon's */
		parts_entered(z);
	if (e->state == MON_RUNNING && z->state == ZONE_BOOTING)
		zone_event(z, EV_STARTED);
	else if (e->state == MON_RUNNING || e->state == MON_PAUSED)
		pause_reported(z, e->state == MON_PAUSED, first);
	else if (e->state == MON_FAILED) {
		z->why = e->err;
		zone_event(z, EV_FAILED);
	} else if (e->state == MON_ENDED) {
		on_end(z, e);
	}
}

static void on_done(struct zone *z, const struct mon_event *e)
{
	asks_answer(&z->link->asks, e->seq, &e->err, -1);
}

/* Handle MON_REPLY; its descriptor is in `arrived`. */
static void on_reply(struct zone *z, const struct mon_event *e)
{
	asks_answer(&z->link->asks, e->seq, &e->err, fd_move(&arrived));
}

static void on_output(struct zone *z, const struct mon_event *e)
{
	(void)e;
	obj_changed(&z->l.obj);
}

static void on_agent(struct zone *z, const struct mon_event *e)
{
	if (z->kind->agent_told != NULL)
		z->kind->agent_told(z, e);
}

/* Its descriptor is in `arrived`. */
static void on_put(struct zone *z, const struct mon_event *e)
{
	if (arrived >= 0)
		metadata_asked(z, e->seq, arrived);
}

static void (*const on_event[MON_OPS])(struct zone *, const struct mon_event *) = {
    [MON_STATUS] = on_status,
    [MON_OUTPUT] = on_output,
    [MON_DONE] = on_done,
    [MON_JOB] = job_tell,
    [MON_REPLY] = on_reply,
    [MON_AGENT] = on_agent,
    [MON_METADATA_PUT] = on_put,
};

static void on_lost(struct zone *z)
{
	void (*told)(struct zone *) = z->link->gone;
	link_close(z);
	if (told != NULL) {
		told(z);
	} else {
		log_warn("%s: its monitor is gone", z->l.obj.name);
		zone_event(z, EV_LOST);
	}
}

static void ready(void *arg)
{
	struct zone *z = arg;
	struct mon_event e = {0};
	ssize_t n = -1;
	err_clear();
	while (z->link != NULL && (n = wire_recv(z->link->asks.sock, &e, sizeof(e), &arrived, 1,
				       NULL)) == (ssize_t)sizeof(e)) {
		err_tidy(&e.err);
		if (e.op < MON_OPS && on_event[e.op] != NULL && z->link->gone == NULL)
			on_event[e.op](z, &e);
		fd_close(&arrived);
	}
	if (z->link == NULL)
		return;
	if (n == 0 || (n < 0 && err_code() != EAGAIN) || n > 0) {
		on_lost(z);
		return;
	}
	asks_push(&z->link->asks);
}

/* Wait for the monitor's first answer, at most a moment: this daemon does not serve requests
 * yet. */
static void found(struct zone *z)
{
	if (z->link == NULL)
		return;
	struct pollfd p = {.fd = z->link->asks.sock, .events = POLLIN};
	if (poll(&p, 1, SETTLE_MSEC) > 0)
		ready(z);
}

static void hello_send(struct zone *z)
{
	link_ask(z, &(struct mon_request){.op = MON_HELLO}, NULL, NULL);
	link_ask(z, &(struct mon_request){.op = MON_WATCH, .value = 1}, NULL, NULL);
}

int link_open(struct zone *z)
{
	int sock = wire_connect(zone_monitors_dir, z->l.group);
	if (sock < 0)
		return -1;
	z->link = xcalloc(1, sizeof(*z->link));
	if (asks_open(&z->link->asks, sock, ready, z) < 0) {
		link_close(z);
		return -1;
	}
	hello_send(z);
	return 0;
}

static void request_add(struct link *l, const struct mon_request *q, const int *fds, int nfds,
    asks_end *how, asks_done *done, void *arg)
{
	struct mon_request *packet = xcalloc(1, sizeof(*packet));
	*packet = *q;
	packet->seq = asks_next(&l->asks);
	asks_add(&l->asks, packet, sizeof(*packet), fds, nfds, how, done, arg);
}

void link_ask(struct zone *z, const struct mon_request *q, link_done *done, void *arg)
{
	link_ask_with(z, q, NULL, 0, done, arg);
}

void link_ask_with(struct zone *z, const struct mon_request *q, const int *fds, int nfds,
    link_done *done, void *arg)
{
	if (z->link != NULL)
		request_add(z->link, q, fds, nfds, end, (asks_done *)done, arg);
	else if (done != NULL)
		done(arg, &unlinked);
}

int link_qmp(struct zone *z, const char *command, size_t len, const int *fds, int nfds,
    link_qmp_done *done, void *arg)
{
	int all[MON_JOB_FDS] = {-1};
	cleanup_fd int file = memfd_create("qmp", MFD_CLOEXEC);
	if (z->link == NULL)
		return err_set(ESRCH, "%s", unlinked.text);
	if (file < 0 || fd_write_all(file, command, len) < 0)
		return err_sys("write a QMP command");
	all[0] = file;
	for (int i = 0; i < nfds; i++)
		all[i + 1] = fds[i];
	request_add(z->link, &(struct mon_request){.op = MON_QMP}, all, nfds + 1, qmp_end,
	    (asks_done *)done, arg);
	return 0;
}

void link_bye(struct zone *z, void (*gone)(struct zone *))
{
	if (z->link == NULL) {
		gone(z);
		return;
	}
	z->link->gone = gone;
	link_ask(z, &(struct mon_request){.op = MON_BYE}, NULL, NULL);
}

const struct zone_part link_part = {.found = found, .destroy = link_close};
