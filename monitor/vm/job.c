#include "monitor/vm/job.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/ring.h"
#include "monitor/answer.h"
#include "monitor/vm/run.h"
#include "monitor/zone.h"

enum { ALL_CLIENTS = (1 << CLIENTS_MAX) - 1, CHUNK = 64 << 10 };

static const struct err ok;

/* What one has printed, until the disk has taken it. */
struct output {
	struct ring ring; /* owned */
	char *bytes; /* owned; NULL: nothing */
	size_t len, at;
	bool done;
};

struct vmjob {
	struct list link;
	uint64_t id;
	enum mon_job_state state;
	int status;
	struct run *run; /* NULL: it has ended */
	struct output out[JOB_STREAMS];
	unsigned news; /* a bit for each client that has not heard of the latest */
	struct answer_due start;
};

static struct list jobs = {&jobs, &jobs};
static unsigned njobs;

static struct vmjob *job_find(uint64_t id)
{
	list_each(j, &jobs, struct vmjob, link)
		if (j->id == id)
			return j;
	return NULL;
}

static struct vmjob *job_make(uint64_t id, int *fds)
{
	struct vmjob *j = xcalloc(1, sizeof(*j));
	j->id = id;
	for (int i = 0; i < JOB_STREAMS; i++)
		j->out[i].ring.fd = fd_move(&fds[i]);
	list_add_tail(&jobs, &j->link);
	njobs++;
	return j;
}

static void job_free(struct vmjob *j)
{
	for (int i = 0; i < JOB_STREAMS; i++) {
		ring_close(&j->out[i].ring);
		free(j->out[i].bytes);
	}
	list_del(&j->link);
	njobs--;
	free(j);
}

/* ---- what it has printed ---- */

static void output_store(struct output *o)
{
	while (o->at < o->len) {
		size_t n = o->len - o->at < CHUNK ? o->len - o->at : CHUNK;
		if (ring_write(&o->ring, o->bytes + o->at, n) < 0)
			return;
		o->at += n;
	}
	free(o->bytes);
	o->bytes = NULL;
	o->done = true;
}

/* The agent leaves out what is more than it keeps (GUEST_EXEC_MAX_OUTPUT), and says so. */
static void output_take(struct output *o, const char *text, bool cut)
{
	static const char lost[] = "[lost what is beyond 16 MiB]\n";
	size_t n = strlen(text);
	o->bytes = xcalloc(1, n / 4 * 3 + 3 + sizeof(lost));
	o->len = base64_decode(text, n, o->bytes);
	o->len = o->len < JOB_HELD ? o->len : JOB_HELD;
	if (cut && o->len <= JOB_HELD)
		memcpy(o->bytes + o->len, lost, sizeof(lost) - 1);
	o->len += cut ? sizeof(lost) - 1 : 0;
	output_store(o);
}

/* How it ended is not known: it says why where its errors are. */
static void output_explain(struct output *o, const char *why)
{
	char text[ERR_TEXT + 32];
	int n = snprintf(text, sizeof(text), "[how it ended is not known: %s]\n", why);
	o->bytes = xstrdup(text);
	o->len = (size_t)n;
	output_store(o);
}

bool vmjobs_later(void)
{
	list_each(j, &jobs, struct vmjob, link)
		if (j->out[0].bytes != NULL || j->out[1].bytes != NULL)
			return true;
	return false;
}

void vmjobs_retry(void)
{
	list_each(j, &jobs, struct vmjob, link)
		for (int i = 0; i < JOB_STREAMS; i++)
			if (j->out[i].bytes != NULL) {
				output_store(&j->out[i]);
				j->news = ALL_CLIENTS;
			}
}

/* ---- its start and its end ---- */

static void on_started(void *arg)
{
	struct vmjob *j = arg;
	j->state = MON_JOB_RUNS;
	j->news = ALL_CLIENTS;
	answer_give(&j->start, &ok);
}

/* As wait(2) gives it. A guest may say anything. */
static int status_of(const json_t *how)
{
	double signal = json_number_value(json_object_get(how, "signal"));
	double code = json_number_value(json_object_get(how, "exitcode"));
	if (signal >= 1 && signal <= SIGRTMAX)
		return (int)signal;
	return code >= 0 && code <= 255 ? (int)code << 8 : 255 << 8;
}

static void outputs_take(struct vmjob *j, const json_t *how)
{
	static const char *const names[][2] = {
	    {"out-data", "out-truncated"}, {"err-data", "err-truncated"}};
	for (int i = 0; i < JOB_STREAMS; i++)
		output_take(&j->out[i], json_word(how, names[i][0]),
		    json_is_true(json_object_get(how, names[i][1])));
}

static void on_ended(void *arg, const json_t *how, const struct err *why)
{
	struct vmjob *j = arg;
	j->run = NULL;
	if (j->state == MON_JOB_BEGINS) {
		struct answer_due start = j->start;
		job_free(j);
		answer_give(&start, why);
		return;
	}
	j->state = MON_JOB_ENDED;
	j->status = how != NULL ? status_of(how) : SIGKILL;
	j->news = ALL_CLIENTS;
	if (how != NULL) {
		outputs_take(j, how);
	} else {
		j->out[0].done = true;
		output_explain(&j->out[1], why->text);
	}
}

static const struct run_face face = {on_started, on_ended};

/* Begin in the directory $1, with the variables behind $2, and run that. A session of its own, so
 * that it can be signalled with all that it starts: where the guest has setsid(1), which keeps the
 * number of the process as that leads no group. */
static const char script[] = "cd \"$1\" || exit; c=$2; shift 2; set -- env -- \"$@\" /bin/sh -c "
			     "\"$c\"; command -v setsid >/dev/null && set -- setsid \"$@\"; exec "
			     "\"$@\"";

/* Append the string at *at, which is before `end`. -1: there is none, or JSON can't have it. */
static int word_add(json_t *words, const char **at, const char *end)
{
	if (*at >= end)
		return err_set(EBADMSG, "start: its orders are damaged");
	json_t *s = json_string(*at);
	*at += strlen(*at) + 1;
	return json_array_append_new(words, s) < 0
		   ? err_set(EILSEQ, "start: its text is not UTF-8, as a guest agent's has to be")
		   : 0;
}

/* The words of the script: $0, directory, command line, variables. The user is not sent. */
static int words_read(json_t *words, const struct job_orders *o, const char *strings)
{
	const char *cmd = strings, *end = strings + o->size;
	const char *user = cmd + strlen(cmd) + 1;
	if (user >= end)
		return err_set(EBADMSG, "start: its orders are damaged");
	const char *dir = user + strlen(user) + 1, *env = dir;
	json_array_append_new(words, json_string("sh"));
	if (word_add(words, &env, end) < 0 || word_add(words, &cmd, end) < 0)
		return -1;
	for (uint32_t i = 0; i < o->envc; i++)
		if (word_add(words, &env, end) < 0)
			return -1;
	return 0;
}

/* NULL: they can't be read. */
static json_t *orders_read(int fd)
{
	struct job_orders o;
	json_t *words = json_array();
	char *strings = NULL;
	int result = -1;
	if (pread(fd, &o, sizeof(o), 0) != (ssize_t)sizeof(o) || o.magic != JOB_ORDERS_MAGIC ||
	    o.size > JOB_ORDERS_MAX || o.envc > JOB_ENV_MAX)
		err_set(EBADMSG, "start: its orders are damaged");
	else if (o.tty != 0)
		err_set(EOPNOTSUPP, "start: a guest agent gives no terminal");
	else if (pread(fd, strings = xcalloc(1, o.size + 1), o.size, sizeof(o)) != (ssize_t)o.size)
		err_set(EBADMSG, "start: its orders are damaged");
	else
		result = words_read(words, &o, strings);
	free(strings);
	if (result == 0)
		return words;
	json_decref(words);
	return NULL;
}

static int rings_open(struct vmjob *j)
{
	for (int i = 0; i < JOB_STREAMS; i++)
		if (ring_open(&j->out[i].ring, j->out[i].ring.fd) < 0)
			return -1;
	return 0;
}

static int start_job(struct client *who, const struct mon_request *r, struct vmjob *j, int *fds)
{
	if (j != NULL)
		return 1;
	if (zone_ended())
		return err_set(ESRCH, "it does not run");
	if (njobs >= JOBS_MAX || fds[2] < 0)
		return err_set(ENOSPC, "there are %d jobs already", JOBS_MAX);
	json_t *words = orders_read(fds[2]);
	if (words == NULL)
		return -1;
	j = job_make(r->job, fds);
	if (rings_open(j) < 0)
		json_decref(words);
	else
		j->run = run_start(script, words, &face, j);
	if (j->run == NULL) {
		job_free(j);
		return -1;
	}
	answer_owe(&j->start, who, r->seq);
	return 0;
}

void vmjobs_end(void)
{
	list_each(j, &jobs, struct vmjob, link) {
		if (j->run == NULL)
			continue;
		run_drop(j->run);
		j->run = NULL;
		answer_refuse(&j->start, ESRCH, "it does not run");
		j->state = MON_JOB_ENDED;
		j->status = SIGKILL;
		j->out[0].done = j->out[1].done = true;
		j->news = ALL_CLIENTS;
	}
}

/* ---- the rest ---- */

static int tell_state(struct client *who, const struct mon_request *r, struct vmjob *j, int *fds)
{
	(void)fds;
	j->news = ALL_CLIENTS;
	if (j->state != MON_JOB_BEGINS)
		return 1;
	answer_give(&j->start, &ok);
	answer_owe(&j->start, who, r->seq);
	return 0;
}

static int refuse_input(struct client *who, const struct mon_request *r, struct vmjob *j, int *fds)
{
	(void)who, (void)r, (void)j, (void)fds;
	return err_set(EOPNOTSUPP, "a guest agent passes no input on");
}

/* It has none. */
static int end_stdin(struct client *who, const struct mon_request *r, struct vmjob *j, int *fds)
{
	(void)who, (void)r, (void)j, (void)fds;
	return 1;
}

static int send_signal(struct client *who, const struct mon_request *r, struct vmjob *j, int *fds)
{
	(void)who, (void)fds;
	if (j->run == NULL)
		return err_set(ESRCH, "it does not run");
	return run_signal(j->run, r->signal) < 0 ? -1 : 1;
}

/* One that begins still is killed when it has begun, as its session is not there yet. */
static int forget_job(struct client *who, const struct mon_request *r, struct vmjob *j, int *fds)
{
	(void)who, (void)r, (void)fds;
	if (j->run != NULL) {
		run_signal(j->run, SIGKILL);
		run_drop(j->run);
	}
	struct answer_due start = j->start;
	job_free(j);
	answer_refuse(&start, EIO, "start: it was killed as it began");
	return 1;
}

static int job_request(struct client *who, const struct mon_request *r, int *fds)
{
	static int (*const ops[])(
	    struct client *, const struct mon_request *, struct vmjob *, int *) = {
	    [MON_JOB_START] = start_job,
	    [MON_JOB_ASK] = tell_state,
	    [MON_JOB_INPUT] = refuse_input,
	    [MON_JOB_EOF] = end_stdin,
	    [MON_JOB_SIGNAL] = send_signal,
	    [MON_JOB_SIZE] = refuse_input,
	    [MON_JOB_FORGET] = forget_job,
	};
	struct vmjob *j = job_find(r->job);
	if (r->op == MON_JOB_READ)
		return 0;
	if (j == NULL && r->op != MON_JOB_START)
		return err_set(ESRCH, "there is no such job");
	return ops[r->op](who, r, j, fds);
}

static void forget_client(const struct client *who)
{
	list_each(j, &jobs, struct vmjob, link)
		answer_drop(&j->start, who);
}

static bool is_news(const struct vmjob *j, unsigned slot)
{
	return (j->news >> slot & 1) != 0 && j->state != MON_JOB_BEGINS;
}

static bool news(unsigned slot)
{
	list_each(j, &jobs, struct vmjob, link)
		if (is_news(j, slot))
			return true;
	return false;
}

/* init stays 0: its number is the guest's, and no process of the host's. */
static bool next_news(unsigned slot, struct mon_event *e)
{
	list_each(j, &jobs, struct vmjob, link) {
		if (!is_news(j, slot))
			continue;
		j->news &= ~(1U << slot);
		*e = (struct mon_event){
		    .op = MON_JOB, .job = j->id, .state = j->state, .status = j->status};
		for (unsigned i = 0; i < JOB_STREAMS; i++)
			e->streams_done |= j->out[i].done ? 1U << i : 0;
		return true;
	}
	return false;
}

static void not_told(unsigned slot, uint64_t id)
{
	struct vmjob *j = job_find(id);
	if (j != NULL)
		j->news |= 1U << slot;
}

const struct jobs_face vmjobs_face = {job_request, forget_client, next_news, not_told, news};
