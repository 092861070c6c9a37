/* QMP, QEMU's machine protocol: learns whether the guest runs, and asks it to shut down. A guest
 * may have taken over QEMU, so that what QEMU says is believed about this guest alone. */
#ifndef WARREN_MONITOR_VM_QMP_H
#define WARREN_MONITOR_VM_QMP_H

#include <stdbool.h>

#include "protocol/monitor.h"

struct client;

enum { QMP_LINE = 64 << 10 }; /* what is longer can only be an answer to a relayed command */

/* display: the socket at which QEMU is to listen for VNC; -1: none. Both are taken. */
int qmp_init(int fd, int display);
int qmp_fd(short *events);
void qmp_ready(short revents);
void qmp_end(void); /* QEMU has ended: take what it said last */

/* A command of the daemon's (relay.h). */
int qmp_relay(struct client *c, const struct mon_request *r, int fds[MON_JOB_FDS]);

/* As soon as QEMU listens: */
void qmp_powerdown(void);
void qmp_pause(bool on); /* off: go on */

#endif
