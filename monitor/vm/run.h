/* Commands in the guest, run by its agent (guest-exec): started, and looked at until they have
 * ended. */
#ifndef WARREN_MONITOR_VM_RUN_H
#define WARREN_MONITOR_VM_RUN_H

#include <jansson.h>

#include "base/err.h"

struct run;

/* What happens to a run, each called with its arg. */
struct run_face {
	void (*started)(void *arg);
	/* It has ended, or did not start: how is what guest-exec-status returned (borrowed), or
	 * NULL and why it is not known. The run is gone, and nothing else is called. */
	void (*ended)(void *arg, const json_t *how, const struct err *why);
};

int run_init(void);
int run_timer_fd(short *events);
void run_timer_ready(short revents);

/* Start a command under /bin/sh; words: strings, which are $0, $1 and so on of script, taken over.
 * NULL: the agent can't be asked. face NULL: nobody cares how it ends. */
struct run *run_start(const char *script, json_t *words, const struct run_face *face, void *arg);

/* Nobody cares any more. */
void run_drop(struct run *r);

/* Send a signal to its process group. 0: the agent is asked; -1: it has not started, or the agent
 * can't be asked */
int run_signal(const struct run *r, int signal);

#endif
