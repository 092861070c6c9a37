/* What serves a VM's mounts: processes of the helper's, whose ends are told. */
#ifndef WARREN_MONITOR_VM_MOUNTS_H
#define WARREN_MONITOR_VM_MOUNTS_H

#include "protocol/start.h"

int mounts_init(void); /* call it before anything is opened */

int mounts_fd(short *events);
void mounts_ready(short revents);

#endif
