/* Asking another process over a SEQPACKET socket (wire.h), from the loop: questions wait until the
 * socket has room, and answers find who asked by a number. For the helper, the monitors and the
 * writer. */
#ifndef WARREN_BASE_ASKS_H
#define WARREN_BASE_ASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

/* Whoever asked, as asks_end is to call him. NULL: nobody waits. */
typedef void asks_done(void);

/* Tell `done` the answer (of the protocol's own form), or why there is none (answer NULL). fd: a
 * descriptor that came with the answer, done's own from now on; or -1. */
typedef void asks_end(
    asks_done *done, void *arg, const void *answer, int fd, const struct err *why);

struct asks {
	int sock; /* owned; -1: closed */
	struct source *source, *failing; /* owned */
	struct list asked;
	uint32_t last; /* the number of the latest question */
};

/* sock becomes the queue's, and does not block any more. ready(arg) is called when it has something
 * to read: it receives that, and then calls asks_push. -1: as errno. */
int asks_open(struct asks *a, int sock, void (*ready)(void *), void *arg);

/* Those who still wait are told why, or nothing where that is NULL. */
void asks_close(struct asks *a, const struct err *why);

/* The number of the question to come, for its packet. */
uint32_t asks_next(struct asks *a);

/* Ask that question. packet (size bytes, from malloc) becomes the queue's; nfds descriptors are
 * borrowed. Where it can't be sent, done hears why; never from inside this function. */
void asks_add(struct asks *a, void *packet, size_t size, const int *fds, int nfds, asks_end *end,
    asks_done *done, void *arg);

/* The answer to question seq has come: whoever asked is told. fd is his, or closed. */
void asks_answer(struct asks *a, uint32_t seq, const void *answer, int fd);

/* Nobody waits for the questions of arg any more. They are asked all the same. */
void asks_forget(struct asks *a, void *arg);

/* Send what there is room for. True: some of it has to wait. */
bool asks_push(struct asks *a);

#endif
