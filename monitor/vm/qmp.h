/* QEMU's control line: learns whether the guest can go on, and asks it to shut down. QEMU is in the
 * guest's power, so nothing that it says is believed beyond the guest's own state. */
#ifndef WARREN_MONITOR_VM_QMP_H
#define WARREN_MONITOR_VM_QMP_H

#include <stdbool.h>

#include "protocol/monitor.h"

struct client;

enum { QMP_LINE = 64 << 10 }; /* what is longer can only be an answer to a relayed command */

int qmp_init(int fd);
int qmp_fd(short *events);
void qmp_ready(short revents);
void qmp_end(void);

/* A command of the daemon's (relay.h). */
int qmp_relay(struct client *c, const struct mon_request *r, int fds[MON_JOB_FDS]);

/* As soon as QEMU listens: */
void qmp_powerdown(void);
void qmp_pause(bool on); /* off: go on */

#endif
