/* A job's process: requests to the zone's monitor, and its news. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/signame.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/entry.h"
#include "fs/error.h"
#include "fs/settings.h"
#include "rctl/group.h"
#include "zone/exec/job.h"
#include "zone/exec/run.h"
#include "zone/exec/output.h"
#include "zone/link.h"
#include "zone/rlimits.h"
#include "zone/rows.h"
#include "zone/verbs.h"

/* A request that somebody waits for. It ends with the monitor's answer, also if the job is gone by
 * then. */
struct ask {
	struct list link; /* job::asks */
	struct job *job; /* NULL: gone */
	struct req *req; /* NULL: interrupted, or none */
	struct command *command;
	uint64_t id; /* of the job */
	bool starts; /* its answer tells whether the job was started */
	/* a write of stdin: */
	struct list waiting; /* job::writes */
	char *bytes; /* owned */
	size_t size, at, under_way;
	uint64_t tag;
	bool again;
};

static struct ask *ask_new(struct job *j, struct req *r)
{
	struct ask *a = xcalloc(1, sizeof(*a));
	a->job = j;
	a->id = j->obj.id;
	req_hold(r, &a->req);
	list_init(&a->waiting);
	list_add_tail(&j->asks, &a->link);
	return a;
}

static void ask_free(struct ask *a)
{
	list_del(&a->link);
	list_del(&a->waiting);
	free(a->bytes);
	free(a);
}

/* Answers of the monitor to jobs that are gone end here. */
void job_forget(struct job *j)
{
	list_each(a, &j->asks, struct ask, link) {
		list_del(&a->link);
		list_del(&a->waiting);
		a->job = NULL;
		a->command = NULL; /* ctl.c has answered it */
		if (a->req != NULL)
			req_fail(a->req, ENOENT);
		a->req = NULL;
	}
}

static void job_refuse(struct ask *a, const char *file)
{
	if (a->req != NULL)
		error_refuse(a->req, &a->job->obj, file);
	else
		error_note(&a->job->obj, file);
	a->req = NULL;
}

static void state_enter(struct job *j, enum job_state s)
{
	j->state = s;
	j->obj.changed = now_ns();
	obj_changed(&j->obj);
}

static const struct row *row_cmd(void)
{
	const struct row *r = NULL;
	while ((r = row_next(&job_type, r)) != NULL && r->saved != job_start)
		;
	return r;
}

/* The start failed: the job is new again, and may be started with other settings. */
static void not_started(struct job *j)
{
	settings_unset(&j->obj, row_cmd());
	job_rings_remove(j);
	state_enter(j, JOB_NEW);
	change_save(&j->obj);
}

/* ---- start ---- */

static void add_string(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s) + 1);
}

static void add_lines(struct buf *b, uint32_t *count, const char *lines)
{
	for (const char *line = lines; line != NULL && *line != '\0';) {
		size_t n = strcspn(line, "\n");
		buf_add(b, line, n);
		buf_add(b, "", 1);
		(*count)++;
		line += n + (line[n] == '\n' ? 1 : 0);
	}
}

/* In a memory file: a user wrote it, and nobody outside the zone looks into it. */
static int make_orders(const struct job *j)
{
	struct job_orders o = {.magic = JOB_ORDERS_MAGIC, .tty = j->tty.n != 0};
	struct rlimits limits;
	struct buf b = {0};
	rlimits_of(job_zone(j), &limits);
	o.rows = (uint16_t)j->rows;
	o.cols = (uint16_t)j->cols;
	add_string(&b, j->cmd.s);
	b.at[b.len - 2] = '\0'; /* the last newline of the list */
	b.len--;
	add_string(&b, j->user.s);
	add_string(&b, j->dir.s);
	if (job_zone(j)->kind->exec_check == NULL) /* a guest has its own */
		zone_env(job_zone(j), j->env.s != NULL ? j->env.s : "", &b, &o.envc);
	add_lines(&b, &o.envc, j->env.s);
	o.size = (uint32_t)b.len;
	int result = 0;
	cleanup_fd int fd = memfd_create("job", MFD_CLOEXEC);
	if (b.len > JOB_ORDERS_MAX || o.envc > JOB_ENV_MAX)
		result = err_set(E2BIG, "cmd and env are too long together");
	else if (fd < 0 || fd_write_all(fd, &o, sizeof(o)) < 0 ||
		 fd_write_all(fd, b.at, b.len) < 0 || fd_write_all(fd, &limits, sizeof(limits)) < 0)
		result = err_sys("write its orders");
	buf_finish(&b);
	return result == 0 ? fd_move(&fd) : -1;
}

static void start_failed(struct ask *a)
{
	struct err why;
	err_copy(&why);
	not_started(a->job);
	err_restore(&why);
	job_refuse(a, row_cmd()->name);
}

static void on_started(void *arg, const struct err *e)
{
	struct ask *a = arg;
	if (a->job != NULL && e->code != 0) {
		err_restore(e);
		start_failed(a);
	} else if (a->job != NULL) {
		if (a->job->state == JOB_STARTING)
			state_enter(a->job, JOB_RUNNING);
		if (a->req != NULL)
			req_wrote(a->req, a->req->size);
	}
	ask_free(a);
}

static void begin(struct ask *a)
{
	struct job *j = a->job;
	cleanup_fd int orders = make_orders(j), out = -1, errors = -1;
	if (orders >= 0 && (out = job_ring_make(j, 0)) >= 0)
		errors = job_ring_make(j, 1);
	if (errors < 0) {
		start_failed(a);
		ask_free(a);
		return;
	}
	const int fds[MON_JOB_FDS] = {out, errors, orders};
	state_enter(j, JOB_STARTING);
	link_ask_with(job_zone(j), &(struct mon_request){.op = MON_JOB_START, .job = a->id}, fds,
	    MON_JOB_FDS, on_started, a);
}

/* The daemon before may have died before it asked the monitor, or before the answer came. */
static void on_resumed(void *arg, const struct err *e)
{
	struct ask *a = arg;
	if (a->job != NULL && e->code == ESRCH && a->job->state == JOB_FOUND)
		begin(a);
	else
		on_started(a, e);
}

static void job_ask(struct job *j, link_done *done, struct ask *a)
{
	link_ask(job_zone(j), &(struct mon_request){.op = MON_JOB_ASK, .job = j->obj.id}, done, a);
}

void job_start(struct obj *o, struct req *r)
{
	struct job *j = job_of(o);
	struct ask *a = ask_new(j, r);
	a->starts = true;
	if (j->state == JOB_NEW)
		begin(a);
	else
		job_ask(j, on_resumed, a);
}

static bool is_starting(const struct job *j)
{
	list_each(a, &j->asks, struct ask, link)
		if (a->starts)
			return true;
	return j->obj.saving != NULL;
}

/* ---- how it is ---- */

static void on_looked(void *arg, const struct err *e)
{
	struct ask *a = arg;
	bool lost = a->job != NULL && a->job->state == JOB_FOUND && e->code != 0;
	if (lost && !is_starting(a->job)) /* if it is starting its cmd is written again */
		not_started(a->job); /* the daemon before died before it asked */
	ask_free(a);
}

void job_look(struct job *j)
{
	job_ask(j, on_looked, ask_new(j, NULL));
}

void job_tell(struct zone *z, const struct mon_event *e)
{
	struct obj *o = obj_by_id(e->job);
	if (o == NULL || o->type != &job_type || o->parent != &z->l.obj)
		return;
	struct job *j = job_of(o);
	if (j->state == JOB_NEW || (e->state != MON_JOB_RUNS && e->state != MON_JOB_ENDED))
		return;
	j->pid = e->init;
	j->status = e->status;
	j->streams_done = e->streams_done;
	state_enter(j, e->state == MON_JOB_RUNS ? JOB_RUNNING : JOB_ENDED);
}

/* ---- stdin ---- */

static void on_typed(void *arg, const struct err *e);

static void type_next(struct job *j)
{
	if (list_empty(&j->writes))
		return;
	struct ask *a = container_of(j->writes.next, struct ask, waiting);
	struct mon_request q = {
	    .op = MON_JOB_INPUT, .job = j->obj.id, .tag = a->tag, .at = a->at, .value = a->again};
	size_t left = a->size - a->at;
	a->under_way = left < MON_BYTES ? left : MON_BYTES;
	q.len = (uint32_t)a->under_way;
	memcpy(q.bytes, a->bytes + a->at, a->under_way);
	link_ask(job_zone(j), &q, on_typed, a);
}

/* The job has read one piece. If nobody waits any more the rest is not sent. */
static void on_typed(void *arg, const struct err *e)
{
	struct ask *a = arg;
	struct job *j = a->job;
	a->at += a->under_way;
	if (j != NULL && e->code == 0 && a->req != NULL && a->at < a->size) {
		type_next(j);
		return;
	}
	if (j != NULL && e->code != 0) {
		err_restore(e);
		job_refuse(a, "stdin");
	} else if (a->req != NULL) {
		req_wrote(a->req, a->size);
	}
	ask_free(a);
	if (j != NULL)
		type_next(j);
}

static int running_check(const struct job *j)
{
	if (j->state == JOB_NEW)
		return err_set(ESRCH, "it has not been started: write a command line to cmd first");
	if (j->state == JOB_ENDED || j->removing || job_zone(j)->link == NULL)
		return err_set(ESRCH, "it has ended: make another job");
	return 0;
}

int job_stdin(struct obj *o, struct req *r, const char *bytes, size_t n)
{
	struct job *j = job_of(o);
	bool again = r->again && j->state != JOB_NEW; /* the monitor knows whether it was taken */
	if (job_zone(j)->kind->exec_check != NULL)
		return err_set(
		    EOPNOTSUPP, "a guest agent passes no input on: write it to cmd, behind <<EOF");
	if (!again && running_check(j) < 0)
		return -1;
	if (n == 0) {
		req_wrote(r, 0);
		return 0;
	}
	struct ask *a = ask_new(j, r);
	bool first = list_empty(&j->writes);
	a->bytes = xcalloc(1, n);
	memcpy(a->bytes, bytes, n);
	a->size = n;
	a->tag = r->unique;
	a->again = again;
	list_add_tail(&j->writes, &a->waiting);
	if (first)
		type_next(j);
	return 0;
}

/* ---- ctl ---- */

static void on_commanded(void *arg, const struct err *e)
{
	struct ask *a = arg;
	struct command *c = a->command;
	ask_free(a);
	if (c == NULL)
		return;
	if (e->code != 0)
		err_restore(e);
	command_done(c, e->code == 0);
}

static int command_ask(struct obj *o, struct command *c, struct mon_request *q)
{
	struct job *j = job_of(o);
	if (c->again && j->state == JOB_ENDED)
		return 0; /* the signal has ended it, or would have */
	if (running_check(j) < 0)
		return -1;
	struct ask *a = ask_new(j, NULL);
	a->command = c;
	q->job = o->id;
	link_ask(job_zone(j), q, on_commanded, a);
	return COMMAND_WAITS;
}

/* End its stdin. A program may end before its input does, as tar does at the end of an archive. */
static int cmd_eof(struct obj *o, struct command *c)
{
	if (job_of(o)->state == JOB_ENDED)
		return 0;
	return command_ask(o, c, &(struct mon_request){.op = MON_JOB_EOF});
}

static int cmd_kill(struct obj *o, struct command *c)
{
	int sig = signal_number(c->argv[0]);
	return sig < 0
		   ? -1
		   : command_ask(o, c, &(struct mon_request){.op = MON_JOB_SIGNAL, .signal = sig});
}

static int cmd_size(struct obj *o, struct command *c)
{
	struct job *j = job_of(o);
	uint32_t value;
	if (verbs_size(c, &value) < 0)
		return -1;
	if (j->tty.n == 0)
		return err_set(EINVAL, "it has no terminal: write on to tty before cmd");
	j->rows = value >> 16;
	j->cols = value & 0xffff;
	change_save(o);
	return j->state == JOB_NEW
		   ? 0
		   : command_ask(o, c, &(struct mon_request){.op = MON_JOB_SIZE, .value = value});
}

#define S(state) (1U << JOB_##state)
#define UP (S(STARTING) | S(RUNNING) | S(FOUND))

const struct command_row job_commands[] = {
    {"destroy", 0, 0, entry_destroy, "destroy", 0, "delete remove rm"},
    {"eof", 0, 0, cmd_eof, "eof", UP, "close"},
    {"kill", 1, 1, cmd_kill, "kill SIGNAL", UP, "signal"},
    {"size", 2, 2, cmd_size, "size ROWS COLS", UP | S(NEW), "resize"},
    {0},
};

/* ---- rmdir ---- */

/* "PID (COMM) STATE PPID PGRP SESSION ...": proc(5) */
static long session_of(long pid)
{
	char path[40];
	struct buf b = {0};
	long session = 0;
	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if (fd_read_at(-1, path, &b) == 0) {
		const char *at = strrchr(buf_text(&b), ')');
		if (at == NULL || sscanf(at, ") %*c %*d %*d %ld", &session) != 1)
			session = 0;
	}
	buf_finish(&b);
	return session;
}

/* Kill what the job left in its session. If its own number is another process's by now, nothing is
 * left: the kernel does not reuse a number that is still a session's. */
static void kill_left(const struct job *j)
{
	struct buf b = {0};
	struct zone *z = job_zone(j);
	if (j->pid == 0 || z->link == NULL || group_face()->get_procs(z->l.group, &b) < 0) {
		buf_finish(&b);
		return;
	}
	long left[256];
	size_t n = 0;
	char *rest = b.at;
	for (char *line; (line = word_line(&rest)) != NULL && n < NELEM(left);) {
		long pid = strtol(line, NULL, 10);
		if (pid == j->pid)
			n = NELEM(left) + 1;
		else if (session_of(pid) == j->pid)
			left[n++] = pid;
	}
	for (size_t i = 0; n <= NELEM(left) && i < n; i++)
		link_ask(z,
		    &(struct mon_request){
			.op = MON_SIGNAL, .signal = SIGKILL, .pid = (int32_t)left[i]},
		    NULL, NULL);
	buf_finish(&b);
}

/* The monitor has forgotten the job, or there is no monitor any more. */
static void on_forgotten(void *arg, const struct err *e)
{
	struct ask *a = arg;
	(void)e;
	if (a->job != NULL) {
		kill_left(a->job);
		job_rings_remove(a->job);
		entry_remove(&a->job->obj, a->req);
	}
	ask_free(a);
}

void job_kept(struct obj *o)
{
	job_of(o)->removing = false;
}

int job_remove(struct obj *o, struct req *r)
{
	struct job *j = job_of(o);
	if (j->removing)
		return err_set(ENOTEMPTY, "it is being removed");
	j->removing = true;
	struct ask *a = ask_new(j, r);
	if (j->state == JOB_NEW)
		on_forgotten(a, NULL);
	else
		link_ask(job_zone(j), &(struct mon_request){.op = MON_JOB_FORGET, .job = o->id},
		    on_forgotten, a);
	return 0;
}
