/* The guest agent (qemu-ga) at the other end of a virtio-serial port: one command at a time, each
 * with a deadline. The agent is the guest's, so that it may say anything, at any length, or
 * nothing.
 *
 * The port is read only while an answer is due, and at most AGENT_ANSWER bytes for each; a guest
 * that says more is held up itself. An agent that did not answer, or said too much, is asked to
 * begin anew (guest-sync-delimited), and is gone until it does. */
#ifndef WARREN_MONITOR_VM_AGENT_H
#define WARREN_MONITOR_VM_AGENT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* qemu-ga gives 16 MiB of each of a command's two outputs at most, in base64
 * (GUEST_EXEC_MAX_OUTPUT in QEMU's qga/commands.c). */
enum { AGENT_ANSWER = 48 << 20, AGENT_SECONDS = 60 }; /* for what has no reason for another */

int agent_init(int fd); /* the port's other end, taken over; -1: there is none */
int agent_fd(short *events);
void agent_ready(short revents);
int agent_timer_fd(short *events);
void agent_timer_ready(short revents);
void agent_end(void); /* QEMU has ended */

/* QEMU tells that the guest has opened or closed its port. */
void agent_opened(bool open);

/* The version of the agent that answers; "": none does. */
const char *agent_version(void);
bool agent_was_told(void); /* has there been one, since the boot? */

/* Another number for each time that the guest has opened its port: what was asked before that may
 * be another agent's. */
unsigned agent_number(void);

/* Ask the agent; command is JSON, and taken over. It has so many seconds to answer. done is called
 * once, later: with what it returned (borrowed), or NULL and why not: EOPNOTSUPP there is no agent,
 * EMSGSIZE the answer is too long, EIO it did not answer, or what it says is wrong. -1: it can't be
 * asked. */
typedef void agent_done(void *arg, const json_t *returned, const struct err *why);
int agent_ask(json_t *command, unsigned seconds, agent_done *done, void *arg);

#endif
