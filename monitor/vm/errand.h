/* What the monitor asks the guest agent by itself, where there is one. Nobody waits for it. */
#ifndef WARREN_MONITOR_VM_ERRAND_H
#define WARREN_MONITOR_VM_ERRAND_H

#include <stdbool.h>

/* To power off. again: not if this agent was asked already. */
void errand_shutdown(bool again);

/* To set the guest's clock, which stood still, to the host's. */
void errand_clock(void);

#endif
