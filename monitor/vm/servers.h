/* What serves a VM beside QEMU, its mounts and its TPM: processes of the helper's, whose ends are
 * told. */
#ifndef WARREN_MONITOR_VM_SERVERS_H
#define WARREN_MONITOR_VM_SERVERS_H

#include "protocol/start.h"

int servers_init(void); /* call it before anything is opened */

int servers_fd(short *events);
void servers_ready(short revents);

/* From now on it is another, whose end is that of this pipe, which is taken over; -1: it is none.
 */
int servers_change(unsigned server, int *ended);

#endif
