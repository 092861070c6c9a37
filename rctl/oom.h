/* Running out of memory: counted, and told as the event oom if the kernel killed a process. */
#ifndef WARREN_RCTL_OOM_H
#define WARREN_RCTL_OOM_H

#include "rctl/limits.h"

void oom_begin(struct limited *l); /* or a running one is found: events that nobody saw are told */
void oom_leave(struct limited *l); /* looks for the last time */

#endif
