/* The daemon's end of the connection to a zone's monitor (protocol/monitor.h). What comes over
 * it is turned into events of the zone.
 *
 * A reboot from inside is an end with a certain signal (link.c). Every zone has sys_boot for it,
 * which in a user namespace opens nothing else, as kexec is refused. It goes the way of `restart`,
 * pauses included: a zone that reboots in a loop boots once a minute. */
#ifndef WARREN_ZONE_LINK_H
#define WARREN_ZONE_LINK_H

#include "zone/zone.h"

extern int zone_monitors_dir; /* RUN/monitors: their sockets, and their notes on mounts */

/* Connect to the monitor's socket, and ask how it is. -1: there is none. */
int link_open(struct zone *z);

/* The zone has ended and its end is recorded: tell the monitor to end. gone(z) is called when it
 * has; at once if there is none. */
void link_bye(struct zone *z, void (*gone)(struct zone *));

/* done(arg, e) is called later, e->code 0 or the error; done NULL: nobody waits. */
typedef void link_done(void *arg, const struct err *e);
void link_ask(struct zone *z, const struct mon_request *q, link_done *done, void *arg);
/* Send a QMP command (len bytes) to QEMU, with borrowed descriptors. done gets a memory file with
 * the answer, which it owns; or -1 and the error. -1: it can't be sent. */
typedef void link_qmp_done(void *arg, int answer, const struct err *e);
int link_qmp(struct zone *z, const char *command, size_t len, const int *fds, int nfds,
    link_qmp_done *done, void *arg);
void link_ask_with(struct zone *z, const struct mon_request *q, const int *fds, int nfds,
    link_done *done, void *arg); /* borrowed descriptors, at most MON_JOB_FDS */

#endif
