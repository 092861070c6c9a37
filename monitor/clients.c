#include "monitor/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/rlimits.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/wire.h"
#include "monitor/console.h"
#include "monitor/exec/enter.h"
#include "monitor/jobs.h"
#include "monitor/metadata/askers.h"
#include "monitor/metadata/keys.h"
#include "protocol/monitor.h"
#include "monitor/vm/agent.h"
#include "monitor/vm/qmp.h"
#include "monitor/vm/relay.h"
#include "monitor/vm/servers.h"
#include "monitor/zone.h"

struct answer {
	uint32_t op, seq;
	int fd; /* owned; -1: none */
	struct err *err; /* owned; NULL: code 0 */
};

struct client {
	int fd; /* -1: free */
	bool dead, watch, grown, agent; /* agent: it has not heard of the latest */
	unsigned n, room;
	struct answer *answers; /* owned */
};

static int listening = -1;
static const struct jobs_face *jobs;
static bool deaf, bye;
static int arrived[MON_JOB_FDS] = {-1, -1, -1}; /* descriptors that came with the request */
static struct client clients[CLIENTS_MAX];
static struct client *newest; /* that has said MON_HELLO; NULL: it has gone */

int clients_init(int fd, const struct jobs_face *face)
{
	jobs = face;
	for (size_t i = 0; i < NELEM(clients); i++)
		clients[i].fd = -1;
	listening = fd;
	return fd_nonblock(fd) < 0 ? err_sys("listen") : 0;
}

int clients_listen(short *events)
{
	*events = POLLIN;
	return deaf ? -1 : listening;
}

bool clients_deaf(void)
{
	bool was = deaf;
	deaf = false;
	return was;
}

static struct client *client_vacant(void)
{
	for (size_t i = 0; i < NELEM(clients); i++)
		if (clients[i].fd < 0)
			return &clients[i];
	return NULL;
}

void clients_accept(short revents)
{
	(void)revents;
	cleanup_fd int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		deaf = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
		return;
	}
	struct client *c = client_vacant();
	if (c == NULL)
		return; /* the connection is closed: better than one that is never answered */
	c->fd = fd_move(&fd);
	c->n = 0;
	c->dead = c->watch = c->grown = c->agent = false;
}

static void queue_answer(struct client *c, uint32_t op, uint32_t seq, const struct err *e, int fd)
{
	if (c->n == CLIENT_ANSWERS) {
		c->dead = true;
		fd_close(&fd);
		return;
	}
	if (c->n == c->room) {
		c->room = c->room != 0 ? c->room * 2 : 16;
		c->answers = xrealloc(c->answers, c->room * sizeof(c->answers[0]));
	}
	struct answer *a = &c->answers[c->n++];
	*a = (struct answer){.op = op, .seq = seq, .fd = fd};
	if (e->code != 0) {
		a->err = xcalloc(1, sizeof(*a->err));
		*a->err = *e;
	}
}

static void answer_finish(struct answer *a)
{
	fd_close(&a->fd);
	free(a->err);
}

static const struct err none;

void clients_done(struct client *c, uint32_t seq, const struct err *e)
{
	queue_answer(c, MON_DONE, seq, e, -1);
}

void clients_reply(struct client *c, uint32_t seq, int fd)
{
	queue_answer(c, MON_REPLY, seq, &none, fd);
}

/* Is a status due? Its content is filled in when it is sent. */
static bool tells_status(const struct client *c)
{
	const struct answer *last = c->n > 0 ? &c->answers[c->n - 1] : NULL;
	return last != NULL && last->op == MON_STATUS && last->seq == 0;
}

void clients_status(void)
{
	for (size_t i = 0; i < NELEM(clients); i++)
		if (clients[i].fd >= 0 && !tells_status(&clients[i]))
			queue_answer(&clients[i], MON_STATUS, 0, &none, -1);
}

void clients_output(void)
{
	for (size_t i = 0; i < NELEM(clients); i++)
		clients[i].grown = clients[i].watch;
}

void clients_agent(void)
{
	for (size_t i = 0; i < NELEM(clients); i++)
		clients[i].agent = clients[i].fd >= 0;
}

bool clients_bye(void)
{
	return bye;
}

static void answer_result(struct client *c, const struct mon_request *r, int result)
{
	struct err e;
	err_copy(&e);
	clients_done(c, r->seq, result < 0 ? &e : &none);
}

void clients_change(void)
{
	uint32_t number;
	int file = newest != NULL ? keys_change_file(&number) : -1;
	if (file >= 0)
		queue_answer(newest, MON_METADATA_PUT, number, &none, file);
}

static void answer_hello(struct client *c, const struct mon_request *r)
{
	queue_answer(c, MON_STATUS, r->seq, &none, -1);
	c->agent = agent_was_told();
	newest = c;
	clients_change(); /* an earlier daemon may have died over it */
}

static void send_signal(struct client *c, const struct mon_request *r)
{
	answer_result(c, r, zone_signal(r->pid, r->signal));
}

static void ask_end(struct client *c, const struct mon_request *r)
{
	answer_result(c, r, zone_shutdown(r->value));
}

static void halt_zone(struct client *c, const struct mon_request *r)
{
	answer_result(c, r, zone_halt());
}

static void set_pause(struct client *c, const struct mon_request *r)
{
	answer_result(c, r, zone_pause(r->value != 0));
}

static void type_console(struct client *c, const struct mon_request *r)
{
	int result = console_type(c, r);
	if (result != 0)
		answer_result(c, r, result < 0 ? -1 : 0);
}

static void set_size(struct client *c, const struct mon_request *r)
{
	answer_result(
	    c, r, console_size((unsigned short)(r->value >> 16), (unsigned short)r->value));
}

static void watch_output(struct client *c, const struct mon_request *r)
{
	c->watch = r->value != 0;
	c->grown = c->watch; /* what was printed before is told at once */
}

static void handle_job(struct client *c, const struct mon_request *r)
{
	int result = jobs->request(c, r, arrived);
	if (result != 0 && r->op != MON_JOB_READ)
		answer_result(c, r, result < 0 ? -1 : 0);
}

static void relay_qmp(struct client *c, const struct mon_request *r)
{
	if (qmp_relay(c, r, arrived) < 0)
		answer_result(c, r, -1);
}

static void name_zone(struct client *c, const struct mon_request *r)
{
	answer_result(c, r, enter_hostname(r->bytes, r->len));
}

/* A process that has ended meanwhile needs no limits. */
static void limit_processes(struct client *c, const struct mon_request *r)
{
	struct rlimits limits;
	bool less = false;
	if (r->len < sizeof(limits)) {
		answer_result(c, r, err_set(EINVAL, "there are no limits in it"));
		return;
	}
	memcpy(&limits, r->bytes, sizeof(limits));
	for (size_t at = sizeof(limits); at + sizeof(int32_t) <= r->len; at += sizeof(int32_t)) {
		int32_t pid;
		memcpy(&pid, r->bytes + at, sizeof(pid));
		less = (pid > 1 && rlimits_give(pid, &limits, r->value) > 0) || less;
	}
	answer_result(c, r, less ? err_set(EPERM, "a hard limit can't be raised") : 0);
}

static void take_metadata(struct client *c, const struct mon_request *r)
{
	answer_result(c, r, keys_set(arrived[0]));
	askers_go_on();
}

static void end_change(struct client *c, const struct mon_request *r)
{
	char why[MON_REASON] = "";
	memcpy(why, r->bytes, r->len < sizeof(why) ? r->len : sizeof(why) - 1);
	askers_changed(r->tag, why);
	answer_result(c, r, 0);
}

static void change_server(struct client *c, const struct mon_request *r)
{
	answer_result(c, r, servers_change(r->value, &arrived[0]));
}

static void say_bye(struct client *c, const struct mon_request *r)
{
	if (zone_ended())
		bye = true;
	else
		answer_result(c, r, err_set(EEXIST, "it runs still"));
}

static void (*const ops[MON_OPS])(struct client *, const struct mon_request *) = {
    [MON_HELLO] = answer_hello,
    [MON_SIGNAL] = send_signal,
    [MON_SHUTDOWN] = ask_end,
    [MON_HALT] = halt_zone,
    [MON_TYPE] = type_console,
    [MON_PAUSE] = set_pause,
    [MON_SIZE] = set_size,
    [MON_WATCH] = watch_output,
    [MON_BYE] = say_bye,
    [MON_JOB_START] = handle_job,
    [MON_JOB_ASK] = handle_job,
    [MON_JOB_INPUT] = handle_job,
    [MON_JOB_EOF] = handle_job,
    [MON_JOB_SIGNAL] = handle_job,
    [MON_JOB_SIZE] = handle_job,
    [MON_JOB_READ] = handle_job,
    [MON_JOB_FORGET] = handle_job,
    [MON_HOSTNAME] = name_zone,
    [MON_RLIMITS] = limit_processes,
    [MON_QMP] = relay_qmp,
    [MON_METADATA] = take_metadata,
    [MON_METADATA_ANSWER] = end_change,
    [MON_SERVER] = change_server,
};

/* A client that has not read its answers yet is not read from: it may wait. */
void clients_poll(struct pollfd *p)
{
	for (size_t i = 0; i < NELEM(clients); i++) {
		struct client *c = &clients[i];
		p[i] = (struct pollfd){.fd = c->fd, .events = c->n > 0 ? POLLOUT : POLLIN};
		if (c->grown || c->agent || (c->fd >= 0 && jobs->news((unsigned)i)))
			p[i].events |= POLLOUT;
	}
}

/* A newer daemon may ask what this monitor does not know. That is no reason to lose the
 * connection. */
static void request_handle(struct client *c, const struct mon_request *r, bool has_fds)
{
	if (!has_fds)
		answer_result(
		    c, r, err_set(ENOSPC, "its monitor has as many descriptors as it may"));
	else if (r->op >= MON_OPS || ops[r->op] == NULL)
		answer_result(c, r,
		    err_set(EOPNOTSUPP, "the zone's monitor is older than warren: reboot it"));
	else
		ops[r->op](c, r);
}

static void read_requests(struct client *c)
{
	static struct mon_request r;
	int nfds = 0;
	ssize_t n = wire_recv(c->fd, &r, sizeof(r), arrived, MON_JOB_FDS, &nfds);
	bool has_fds = n >= 0 || err_code() != EMFILE;
	if (n < 0 && err_code() == EAGAIN)
		return;
	if ((n != (ssize_t)sizeof(r) && has_fds) || r.len > MON_BYTES)
		c->dead = true;
	else
		request_handle(c, &r, has_fds);
	for (int i = 0; i < MON_JOB_FDS; i++)
		fd_close(&arrived[i]);
}

/* A client has hung up: serve what it asked before it died, so that this comes before what the next
 * daemon asks. */
static void read_last(struct client *c)
{
	for (int i = 0; !c->dead && i < CLIENT_ANSWERS; i++)
		read_requests(c);
	c->dead = true;
}

void clients_ready(const struct pollfd *p)
{
	for (size_t i = 0; i < NELEM(clients); i++)
		if (clients[i].fd >= 0 && clients[i].fd == p[i].fd && (p[i].revents & POLLHUP) != 0)
			read_last(&clients[i]);
	for (size_t i = 0; i < NELEM(clients); i++) {
		struct client *c = &clients[i];
		if (c->fd < 0 || c->dead || c->fd != p[i].fd)
			continue;
		if ((p[i].revents & POLLIN) != 0)
			read_requests(c);
		else if ((p[i].revents & POLLERR) != 0)
			c->dead = true;
	}
}

static bool send_answer(struct client *c, const struct answer *a)
{
	static struct mon_event e;
	zone_tell(&e);
	e.op = a->op;
	e.seq = a->seq;
	if (a->op == MON_DONE)
		e.err = a->err != NULL ? *a->err : none;
	if (a->op == MON_AGENT) {
		e.err = none;
		snprintf(e.err.text, sizeof(e.err.text), "%s", agent_version());
	}
	if (wire_send(c->fd, &e, sizeof(e), &a->fd, a->fd >= 0 ? 1 : 0) == 0)
		return true;
	c->dead = c->dead || err_code() != EAGAIN;
	return false;
}

/* Job news go before answers: a client that asked how a job is has it when the answer comes. */
static bool flush_jobs(struct client *c)
{
	static struct mon_event e;
	unsigned slot = (unsigned)(c - clients);
	while (jobs->next_news(slot, &e)) {
		if (wire_send(c->fd, &e, sizeof(e), NULL, 0) == 0)
			continue;
		c->dead = c->dead || err_code() != EAGAIN;
		jobs->not_told(slot, e.job);
		return false;
	}
	return true;
}

static void client_flush(struct client *c)
{
	static const struct answer output = {.op = MON_OUTPUT, .fd = -1},
				   agent = {.op = MON_AGENT, .fd = -1};
	unsigned n = 0;
	if (!flush_jobs(c))
		return;
	while (n < c->n && send_answer(c, &c->answers[n]))
		answer_finish(&c->answers[n++]);
	c->n -= n;
	if (n > 0)
		memmove(c->answers, c->answers + n, c->n * sizeof(c->answers[0]));
	if (c->n == 0 && c->agent && send_answer(c, &agent))
		c->agent = false;
	if (c->n == 0 && c->grown && send_answer(c, &output))
		c->grown = false;
}

void clients_flush(void)
{
	for (size_t i = 0; i < NELEM(clients); i++) {
		struct client *c = &clients[i];
		if (c->fd < 0)
			continue;
		if (!c->dead)
			client_flush(c);
		if (!c->dead)
			continue;
		newest = newest == c ? NULL : newest;
		console_forget(c);
		jobs->forget_client(c);
		relay_forget(c);
		for (unsigned n = 0; n < c->n; n++)
			answer_finish(&c->answers[n]);
		fd_close(&c->fd);
		free(c->answers);
		c->answers = NULL;
		c->room = 0;
		c->watch = c->grown = c->agent = false;
		c->n = 0;
	}
}
