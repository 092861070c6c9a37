/* An answer that a client gets later. When the client has gone nobody gets it. */
#ifndef WARREN_MONITOR_ANSWER_H
#define WARREN_MONITOR_ANSWER_H

#include <stddef.h>
#include <unistd.h>

#include "monitor/clients.h"

struct answer_due {
	struct client *who; /* NULL: nobody waits */
	uint32_t seq;
	bool due;
};

static inline void answer_owe(struct answer_due *a, struct client *who, uint32_t seq)
{
	*a = (struct answer_due){who, seq, true};
}

/* Answer with e: code 0, or the error. Without an answer due this does nothing. */
static inline void answer_give(struct answer_due *a, const struct err *e)
{
	if (a->due && a->who != NULL)
		clients_done(a->who, a->seq, e);
	a->due = false;
}

/* Answer with a memory file; takes over fd. */
static inline void answer_reply(struct answer_due *a, int fd)
{
	if (a->due && a->who != NULL)
		clients_reply(a->who, a->seq, fd);
	else
		close(fd);
	a->due = false;
}

static inline void answer_refuse(struct answer_due *a, int code, const char *why)
{
	struct err e;
	if (!a->due)
		return;
	err_set(code, "%s", why);
	err_copy(&e);
	answer_give(a, &e);
}

static inline void answer_drop(struct answer_due *a, const struct client *who)
{
	if (a->who == who)
		a->who = NULL;
}

#endif
