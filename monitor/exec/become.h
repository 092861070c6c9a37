/* Entering a zone (enter.h): the part of the second process. */
#ifndef WARREN_MONITOR_EXEC_BECOME_H
#define WARREN_MONITOR_EXEC_BECOME_H

#include <stdint.h>

/* The second, in the zone from its first instruction: becomes the user and executes the shell.
 * Never returns. */
_Noreturn void job_become(int sock, int orders, uint64_t caps);

#endif
