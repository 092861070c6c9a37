#include "monitor/vm/run.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "monitor/vm/agent.h"

/* Milliseconds between two looks at one: more and more, as most are short. */
enum { LOOK_FIRST = 50, LOOK_MOST = 2000 };

struct run {
	struct list link; /* runs: those that were started, and are looked at */
	const struct run_face *face; /* NULL: nobody cares */
	void *arg;
	double pid; /* in the guest; 0: not started */
	unsigned agent; /* agent_number(): the one that knows it */
	unsigned pause;
	int64_t due; /* milliseconds: the next look */
	bool asked; /* the agent is: it is freed when the answer has come */
};

static struct list runs = {&runs, &runs};
static int timer = -1;

int run_init(void)
{
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return timer < 0 ? err_sys("timer") : 0;
}

int run_timer_fd(short *events)
{
	*events = POLLIN;
	return timer;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* To the next look that is due. */
static void timer_set(void)
{
	int64_t next = INT64_MAX;
	struct itimerspec t = {0};
	list_each(r, &runs, struct run, link)
		if (!r->asked && r->due < next)
			next = r->due;
	if (next != INT64_MAX) {
		t.it_value.tv_sec = next / 1000;
		t.it_value.tv_nsec = next % 1000 * 1000000;
	}
	timerfd_settime(timer, TFD_TIMER_ABSTIME, &t, NULL);
}

static void run_free(struct run *r)
{
	list_del(&r->link);
	free(r);
	timer_set();
}

static void run_end(struct run *r, const json_t *how, const struct err *why)
{
	const struct run_face *face = r->face;
	void *arg = r->arg;
	run_free(r);
	if (face != NULL)
		face->ended(arg, how, why);
}

static void run_lose(struct run *r, const char *why)
{
	struct err e;
	err_set(EIO, "%s", why);
	err_copy(&e);
	run_end(r, NULL, &e);
}

/* ---- how it is ---- */

static void look_later(struct run *r)
{
	r->asked = false;
	r->due = now_ms() + r->pause;
	r->pause = r->pause * 3 / 2 < LOOK_MOST ? r->pause * 3 / 2 : LOOK_MOST;
	timer_set();
}

/* An agent that is gone for a moment, or says too much, is asked again: another than the one that
 * started it is not. */
static void looked(void *arg, const json_t *returned, const struct err *why)
{
	struct run *r = arg;
	r->asked = false;
	if (returned != NULL && json_is_true(json_object_get(returned, "exited")))
		run_end(r, returned, why);
	else if (returned == NULL && why->code != EOPNOTSUPP)
		run_end(r, NULL, why);
	else
		look_later(r);
}

static void look(struct run *r)
{
	if (r->agent != agent_number()) {
		run_lose(r, "the guest agent that ran it has ended");
		return;
	}
	json_t *command = json_pack("{s:s, s:{s:I}}", "execute", "guest-exec-status", "arguments",
	    "pid", (json_int_t)r->pid);
	r->asked = true;
	if (agent_ask(command, AGENT_SECONDS, looked, r) < 0)
		look_later(r);
}

/* One at a time: what is called may end others. */
void run_timer_ready(short revents)
{
	uint64_t ticks;
	(void)revents;
	if (read(timer, &ticks, sizeof(ticks)) != (ssize_t)sizeof(ticks))
		return;
	struct run *due = NULL;
	int64_t now = now_ms();
	list_each(r, &runs, struct run, link)
		if (!r->asked && r->due <= now && (due == NULL || r->due < due->due))
			due = r;
	if (due != NULL)
		look(due);
	timer_set();
}

/* ---- its start and its signals ---- */

static void started(void *arg, const json_t *returned, const struct err *why)
{
	struct run *r = arg;
	double pid = json_number_value(json_object_get(returned, "pid"));
	r->asked = false;
	if (returned == NULL) {
		run_end(r, NULL, why);
	} else if (!(pid >= 1 && pid < 1e15)) {
		run_lose(r, "the guest agent gives it no number");
	} else {
		r->pid = pid;
		r->pause = LOOK_FIRST;
		look_later(r);
		if (r->face != NULL)
			r->face->started(r->arg);
	}
}

struct run *run_start(const char *script, json_t *words, const struct run_face *face, void *arg)
{
	json_t *all = json_pack("[s, s]", "-c", script);
	json_array_extend(all, words);
	json_decref(words);
	json_t *command = json_pack("{s:s, s:{s:s, s:o, s:b}}", "execute", "guest-exec",
	    "arguments", "path", "/bin/sh", "arg", all, "capture-output", face != NULL);
	struct run *r = xcalloc(1, sizeof(*r));
	*r = (struct run){.face = face, .arg = arg, .agent = agent_number(), .asked = true};
	list_add_tail(&runs, &r->link);
	if (agent_ask(command, AGENT_SECONDS, started, r) == 0)
		return r;
	run_free(r);
	return NULL;
}

void run_drop(struct run *r)
{
	r->face = NULL;
}

/* A shell that has not made its group yet gets the signal alone. */
int run_signal(const struct run *r, int signal)
{
	char script[96];
	if (r->pid == 0)
		return err_set(ESRCH, "it has not started yet");
	snprintf(script, sizeof(script), "kill -%d -- -%.0f || kill -%d %.0f", signal, r->pid,
	    signal, r->pid);
	return run_start(script, json_array(), NULL, NULL) != NULL ? 0 : -1;
}
