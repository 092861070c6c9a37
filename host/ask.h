/* Asking the privileged helper (protocol/helper.h) from the loop. */
#ifndef WARREN_HOST_ASK_H
#define WARREN_HOST_ASK_H

#include <stddef.h>

#include "base/buf.h"
#include "protocol/helper.h"

/* fd: a descriptor that came with the reply, which done owns; or -1. */
typedef void helper_done(void *arg, const struct helper_reply *reply, int fd);

/* sock: owned. lost: called when somebody removed the rules of a host interface ("": of any). */
int helper_start(int sock, void (*lost)(char *name));
void helper_stop(void);

/* Send a request (this fills its head) with nfds borrowed descriptors. done is called once,
 * later. */
void helper_ask(enum helper_op op, void *request, size_t size, const int *fds, int nfds,
    helper_done *done, void *arg);

/* arg is being freed: its replies are dropped when they come. */
void helper_forget(void *arg);

#endif
