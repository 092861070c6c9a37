/* Running out of memory: counted, and told as the event oom if the kernel killed a process. */
#ifndef WARREN_RCTL_OOM_H
#define WARREN_RCTL_OOM_H

#include "rctl/limits.h"

void oom_begin(struct limited *l); /* or it is found: what happened while nobody looked is told */
void oom_leave(struct limited *l); /* looks for the last time */

#endif
