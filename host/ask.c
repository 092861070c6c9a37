#include "host/ask.h"

#include <errno.h>
#include <string.h>

#include "base/asks.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"

static struct asks asks = {.sock = -1};
static void (*lost)(char *);

static void end(asks_done *done, void *arg, const void *answer, int fd, const struct err *why)
{
	struct helper_reply none = {.err = *why};
	((helper_done *)done)(arg, answer != NULL ? answer : &none, fd);
}

static void ready(void *arg)
{
	struct helper_reply reply = {0};
	ssize_t n;
	int fds[1], nfds = 0;
	(void)arg;
	while ((n = wire_recv(asks.sock, &reply, sizeof(reply), fds, 1, &nfds)) ==
	       (ssize_t)sizeof(reply)) {
		if (reply.seq == 0)
			lost(reply.err.text);
		asks_answer(&asks, reply.seq, &reply, nfds > 0 ? fds[0] : -1);
	}
	if (n == 0 || (n < 0 && err_code() != EAGAIN)) {
		log_error("the helper is gone");
		loop_stop(1);
		return;
	}
	asks_push(&asks);
}

int helper_start(int sock, void (*lost_rules)(char *name))
{
	lost = lost_rules;
	return asks_open(&asks, sock, ready, NULL) < 0 ? err_wrap("the helper") : 0;
}

void helper_stop(void)
{
	asks_close(&asks, NULL);
}

void helper_ask(enum helper_op op, void *request, size_t size, const int *fds, int nfds,
    helper_done *done, void *arg)
{
	struct helper_head head = {(uint32_t)op, asks_next(&asks)};
	char *packet = xcalloc(1, size);
	memcpy(request, &head, sizeof(head));
	memcpy(packet, request, size);
	asks_add(&asks, packet, size, fds, nfds, end, (asks_done *)done, arg);
}

void helper_forget(void *arg)
{
	asks_forget(&asks, arg);
}
