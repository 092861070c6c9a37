/* The daemon's one loop (libevent's core below). Nothing in it blocks. Callbacks may close any
 * source, their own too. */
#ifndef WARREN_BASE_LOOP_H
#define WARREN_BASE_LOOP_H

#include <stdint.h>

#include "base/list.h"

struct source; /* a watched descriptor or a timer */

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

void loop_init(void);
int loop_run(void); /* until loop_stop; gives its status */
void loop_stop(int status);
void loop_finish(void);

/* Call fn whenever fd (borrowed) is ready for one of `what`. */
struct source *loop_fd(int fd, int what, void (*fn)(void *), void *arg);
void loop_watch(struct source *s, int what); /* change what is waited for */

/* Call fn once after usec, or every usec. */
struct source *loop_after(uint64_t usec, void (*fn)(void *), void *arg);
struct source *loop_every(uint64_t usec, void (*fn)(void *), void *arg);

/* Call t->fn once, after the callbacks of all sources that are ready now. Asked for from inside
 * such a task: one round later, when the loop has polled again. */
struct loop_task {
	struct list link; /* all zero: it is not waiting */
	void (*fn)(void);
};
void loop_soon(struct loop_task *t);

struct source *loop_signal(int signal, void (*fn)(void *), void *arg);

/* NULL is fine; *s becomes NULL. */
void loop_close(struct source **s);

#endif
