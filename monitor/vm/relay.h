/* QMP commands of the daemon's: passed on to QEMU one at a time, with their descriptors, and
 * answered with what QEMU answers, word for word. So a daemon of a newer warren can ask what this
 * monitor has never heard of.
 *
 * Answers may be long (query-qmp-schema: 207 KB): those stream into a memory file. One that is too
 * long costs that answer alone. */
#ifndef WARREN_MONITOR_VM_RELAY_H
#define WARREN_MONITOR_VM_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/monitor.h"

struct client;

/* The ids of the monitor's own commands begin so. */
#define RELAY_OWN "warren:"

/* fds[0]: the command, a memory file; the others: for QEMU. Takes them over. 0: answered later */
int relay_request(struct client *c, const struct mon_request *r, int fds[MON_JOB_FDS]);

/* The next command, if none is under way; it is under way from now on. The descriptors stay
 * relay's, and relay_sent closes them. */
bool relay_next(const char **text, size_t *len, const int **fds, int *nfds);
void relay_sent(void);

/* Bytes of QEMU's answer, in pieces; and its end. Without a command under way they are dropped. */
void relay_bytes(const char *bytes, size_t n);
void relay_end(void);
void relay_spoil(void); /* the bytes make no sense: refuse the command under way */
bool relay_waits(void); /* a command is under way */

void relay_stop(void); /* QEMU is gone */
void relay_forget(const struct client *c);

#endif
