#include "base/loop.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"

struct source {
	struct event *ev;
	void (*fn)(void *);
	void *arg;
	int what; /* of a descriptor: the events waited for */
	struct list link; /* all */
};

static struct event_base *base;
static struct list all;
static struct list tasks = {&tasks, &tasks}; /* loop_task::link */
static bool stopped;
static int status;

void loop_init(void)
{
	base = event_base_new();
	if (base == NULL)
		abort();
	list_init(&all);
}

void loop_soon(struct loop_task *t)
{
	if (t->link.next == NULL || list_empty(&t->link))
		list_add_tail(&tasks, &t->link);
}

static void run_tasks(void)
{
	struct list now;
	list_init(&now);
	list_append(&now, &tasks);
	list_each(t, &now, struct loop_task, link) {
		list_del(&t->link);
		t->fn();
	}
}

int loop_run(void)
{
	stopped = false;
	while (!stopped) {
		bool busy = !list_empty(&tasks);
		int none = event_base_loop(base, EVLOOP_ONCE | (busy ? EVLOOP_NONBLOCK : 0));
		if (none != 0 && !busy)
			break;
		if (!stopped)
			run_tasks();
	}
	return status;
}

void loop_stop(int s)
{
	status = s;
	stopped = true;
	event_base_loopbreak(base);
}

void loop_finish(void)
{
	list_each(s, &all, struct source, link) {
		struct source *p = s;
		loop_close(&p);
	}
	event_base_free(base);
	libevent_global_shutdown();
}

static void source_fire(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct source *s = arg;
	s->fn(s->arg);
}

static struct source *source_add(int fd, short what, uint64_t usec, void (*fn)(void *), void *arg)
{
	struct timeval tv = {(time_t)(usec / 1000000), (suseconds_t)(usec % 1000000)};
	struct source *s = xcalloc(1, sizeof(*s));
	s->fn = fn;
	s->arg = arg;
	s->ev = event_new(base, fd, what, source_fire, s);
	if (s->ev == NULL || event_add(s->ev, usec != 0 ? &tv : NULL) < 0)
		abort();
	list_add_tail(&all, &s->link);
	return s;
}

static short events(int what)
{
	return (short)(EV_PERSIST | ((what & LOOP_READ) != 0 ? EV_READ : 0) |
		       ((what & LOOP_WRITE) != 0 ? EV_WRITE : 0));
}

struct source *loop_fd(int fd, int what, void (*fn)(void *), void *arg)
{
	struct source *s = source_add(fd, events(what), 0, fn, arg);
	s->what = what;
	return s;
}

void loop_watch(struct source *s, int what)
{
	if (s->what == what)
		return;
	s->what = what;
	int fd = event_get_fd(s->ev);
	event_del(s->ev);
	event_assign(s->ev, base, fd, events(what), source_fire, s);
	event_add(s->ev, NULL);
}

struct source *loop_after(uint64_t usec, void (*fn)(void *), void *arg)
{
	return source_add(-1, 0, usec != 0 ? usec : 1, fn, arg);
}

struct source *loop_every(uint64_t usec, void (*fn)(void *), void *arg)
{
	return source_add(-1, EV_PERSIST, usec, fn, arg);
}

struct source *loop_signal(int signal, void (*fn)(void *), void *arg)
{
	return source_add(signal, EV_SIGNAL | EV_PERSIST, 0, fn, arg);
}

void loop_close(struct source **sp)
{
	struct source *s = *sp;
	*sp = NULL;
	if (s == NULL)
		return;
	event_free(s->ev);
	list_del(&s->link);
	free(s);
}
