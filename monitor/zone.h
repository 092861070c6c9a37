/* The zone as the monitor sees it: process 1, how it was asked to end, and how it ended. */
#ifndef WARREN_MONITOR_ZONE_H
#define WARREN_MONITOR_ZONE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/monitor.h"

enum { WAIT_PIDFD = 3 }; /* P_PIDFD of waitid, which glibc has from 2.36 on */

int zone_init(pid_t init, int pidfd, bool vm);
bool zone_ended(void);
bool zone_stands_still(void); /* a guest that is stopped */
void zone_tell(struct mon_event *e); /* state and all that belongs to it */

/* ESRCH once it has ended. pid 0: process 1. */
int zone_signal(pid_t pid, int signal);
int zone_shutdown(uint32_t seconds);
int zone_halt(void);
int zone_pause(bool on); /* EOPNOTSUPP: it is no VM */

void zone_up(void); /* QEMU has opened its QMP */
void zone_qmp_closed(void); /* QEMU has closed it */
void zone_failed(const struct err *why); /* the guest can't go on */
/* The guest is stopped, for this reason; code 0: it was told to stop */
void zone_stopped(const struct err *why);
void zone_goes_on(void); /* the guest runs again, also after zone_failed */
void zone_hung(void); /* the guest no longer feeds its watchdog */
void zone_was_reset(void); /* the guest was reset by itself */
void zone_hardware_changed(void); /* by the guest: whoever is interested asks QEMU */
void zone_unserved(unsigned server); /* this one of VM_SERVERS has ended */
void zone_served(unsigned server); /* it has begun anew, or is none any more */
void zone_ends(void); /* QEMU ends now, in order */
void zone_was_signalled(void); /* QEMU ends now, because it got a signal */
void zone_reboots(void); /* QEMU ends now, because the guest reboots */

int zone_init_fd(short *events);
void zone_init_ready(short revents);
int zone_timer_fd(short *events);
void zone_timer_ready(short revents);

#endif
