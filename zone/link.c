#include "zone/link.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"
#include "zone/event.h"
#include "zone/job.h"

enum { SETTLE_MSEC = 200 };

struct asked {
	struct list link;
	uint32_t seq;
	link_done *done;
	void *arg;
	bool sent;
	int fds[MON_JOB_FDS], nfds; /* our own copies until it is sent */
	struct mon_request q;
};

struct link {
	int sock; /* owned */
	struct source *source;
	struct list asked;
	uint32_t next_seq;
	void (*gone)(struct zone *); /* set: it has been told to go */
};

static void asked_free(struct asked *a)
{
	list_del(&a->link);
	while (a->nfds > 0)
		fd_close(&a->fds[--a->nfds]);
	free(a);
}

static void drop_asked(struct link *l, const struct err *e)
{
	list_each(a, &l->asked, struct asked, link)
	{
		if (a->done != NULL)
			a->done(a->arg, e);
		asked_free(a);
	}
}

void link_close(struct zone *z)
{
	struct link *l = z->link;
	const struct err gone = {ESRCH, "it does not run"};
	if (l == NULL)
		return;
	z->link = NULL;
	loop_close(&l->source);
	fd_close(&l->sock);
	drop_asked(l, &gone);
	free(l);
}

static void push(struct link *l)
{
	bool full = false;
	list_each(a, &l->asked, struct asked, link)
	{
		if (a->sent || full)
			continue;
		full = wire_send(l->sock, &a->q, sizeof(a->q), a->fds, a->nfds) < 0;
		a->sent = !full;
		while (a->sent && a->nfds > 0)
			fd_close(&a->fds[--a->nfds]);
		if (a->sent && a->done == NULL) /* nobody waits for an answer */
			asked_free(a);
	}
	loop_watch(l->source, full ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static void on_end(struct zone *z, const struct mon_event *e)
{
	int s = e->status;
	snprintf(z->exit, sizeof(z->exit), "%s %d", WIFSIGNALED(s) ? "killed" : "exited",
		WIFSIGNALED(s) ? WTERMSIG(s) : WEXITSTATUS(s));
	z->asked = e->asked != 0 && !z->broken;
	if (z->why.code == 0 && e->err.code != 0 && !e->asked) {
		z->why = e->err;
		z->broken = true;
	}
	if (z->state == ZONE_BOOTING && !z->broken) /* so quick that we did not see it run */
		zone_event(z, EV_STARTED);
	zone_event(z, z->state == ZONE_BOOTING ? EV_NOSTART : EV_ENDED);
}

static void on_status(struct zone *z, const struct mon_event *e)
{
	bool first = z->pid == 0;
	z->pid = e->init;
	if (z->started == 0) /* else we know better: since its settings were read */
		z->started = e->started;
	if (e->state == MON_RUNNING && z->state == ZONE_RUNNING) /* an earlier daemon's */
		nics_entered(z);
	if (e->state == MON_RUNNING && z->state == ZONE_BOOTING)
		zone_event(z, EV_STARTED);
	else if (e->state == MON_RUNNING || e->state == MON_PAUSED)
		pause_told(z, e->state == MON_PAUSED, first);
	else if (e->state == MON_BROKEN) {
		z->why = e->err;
		zone_event(z, EV_BROKEN);
	} else if (e->state == MON_ENDED) {
		on_end(z, e);
	}
}

static void on_done(struct zone *z, const struct mon_event *e)
{
	list_each(a, &z->link->asked, struct asked, link)
	{
		if (a->seq != e->seq)
			continue;
		list_del(&a->link);
		if (a->done != NULL)
			a->done(a->arg, &e->err);
		free(a);
		return;
	}
}

static void on_output(struct zone *z, const struct mon_event *e)
{
	(void)e;
	obj_changed(&z->l.obj);
}

static void (*const on_event[MON_OPS])(struct zone *, const struct mon_event *) = {
	[MON_STATUS] = on_status,
	[MON_OUTPUT] = on_output,
	[MON_DONE] = on_done,
	[MON_JOB] = job_tell,
};

static void lost(struct zone *z)
{
	void (*gone)(struct zone *) = z->link->gone;
	link_close(z);
	if (gone != NULL) {
		gone(z);
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
	while (z->link != NULL && (n = wire_recv(z->link->sock, &e, sizeof(e), NULL, 0, NULL)) ==
					  (ssize_t)sizeof(e)) {
		err_tidy(&e.err);
		if (e.op < MON_OPS && on_event[e.op] != NULL && z->link->gone == NULL)
			on_event[e.op](z, &e);
	}
	if (z->link == NULL)
		return;
	if (n == 0 || (n < 0 && err_code() != EAGAIN) || n > 0) {
		lost(z);
		return;
	}
	push(z->link);
}

void link_settle(struct zone *z)
{
	struct pollfd p = {.fd = z->link->sock, .events = POLLIN};
	if (poll(&p, 1, SETTLE_MSEC) > 0)
		ready(z);
}

static void hello(struct zone *z)
{
	link_ask(z, &(struct mon_request){.op = MON_HELLO}, NULL, NULL);
	link_ask(z, &(struct mon_request){.op = MON_WATCH, .value = 1}, NULL, NULL);
}

int link_open(struct zone *z)
{
	int sock = wire_connect(zone_monitors_dir, z->l.group);
	if (sock < 0)
		return -1;
	struct link *l = xcalloc(1, sizeof(*l));
	l->sock = sock;
	list_init(&l->asked);
	l->source = loop_fd(sock, LOOP_READ, ready, z);
	z->link = l;
	hello(z);
	return 0;
}

void link_ask(struct zone *z, const struct mon_request *q, link_done *done, void *arg)
{
	link_ask_with(z, q, NULL, 0, done, arg);
}

void link_ask_with(struct zone *z, const struct mon_request *q, const int *fds, int nfds,
	link_done *done, void *arg)
{
	struct link *l = z->link;
	if (l == NULL) {
		const struct err gone = {ESRCH, "it does not run"};
		if (done != NULL)
			done(arg, &gone);
		return;
	}
	struct asked *a = xcalloc(1, sizeof(*a));
	a->q = *q;
	a->q.seq = a->seq = ++l->next_seq;
	a->done = done;
	a->arg = arg;
	for (; a->nfds < nfds; a->nfds++)
		a->fds[a->nfds] = fcntl(fds[a->nfds], F_DUPFD_CLOEXEC, 3);
	list_add_tail(&l->asked, &a->link);
	push(l);
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
