/* Questions to another process over a SEQPACKET socket (wire.h), from the loop. They wait until the
 * socket has room; an answer finds its question by a number. Used for the helper, the monitors and
 * the writer. */
#ifndef WARREN_BASE_ASKS_H
#define WARREN_BASE_ASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

/* The caller's callback, of a type that asks_end knows. NULL: nobody waits for the answer. */
typedef void asks_done(void);

/* Call `done` with the answer (in the form of this protocol), or with the error if there is none
 * (answer NULL). fd: a descriptor that came with the answer, now done's own; or -1. */
typedef void asks_end(
    asks_done *done, void *arg, const void *answer, int fd, const struct err *why);

struct asks {
	int sock; /* owned; -1: closed */
	struct source *source, *failing; /* owned */
	struct list asked;
	uint32_t last; /* the number of the latest question */
};

/* Takes over sock and makes it non-blocking. The loop calls ready(arg) when there is something to
 * read: ready receives it, and then calls asks_push. -1: as errno. */
int asks_open(struct asks *a, int sock, void (*ready)(void *), void *arg);

/* Questions without an answer yet end with the error `why`; NULL: they are dropped. */
void asks_close(struct asks *a, const struct err *why);

/* The number of the question to come, for its packet. */
uint32_t asks_next(struct asks *a);

/* Ask that question. Takes over packet (size bytes, from malloc); nfds descriptors are borrowed. If
 * it can't be sent, done is called with the error, but never from inside this function. */
void asks_add(struct asks *a, void *packet, size_t size, const int *fds, int nfds, asks_end *end,
    asks_done *done, void *arg);

/* The answer to question seq has come: call its `done`. Takes over fd. */
void asks_answer(struct asks *a, uint32_t seq, const void *answer, int fd);

/* Drop the answers to the questions of arg. Questions that are not sent yet are sent all the
 * same. */
void asks_forget(struct asks *a, void *arg);

/* Send what there is room for. True: some of it has to wait. */
bool asks_push(struct asks *a);

#endif
