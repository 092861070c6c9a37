/* The files of consoles' and jobs' rings: in STATE/logs, or if there is no room in RUN/daemon/logs,
 * so that a full disk keeps nobody from a boot or a command. */
#ifndef WARREN_ZONE_LOGS_H
#define WARREN_ZONE_LOGS_H

#include <stdbool.h>
#include <stdint.h>

int logs_open(int state, int run); /* STATE/logs, borrowed for ever; RUN/daemon */

/* Open a ring's file for reading; or make one for a new ring of `room` bytes, over any of this
 * name. The caller's. -1: it is not there, or can't be made. */
int logs_find(const char *name);
int logs_make(const char *name, uint64_t room);

void logs_remove(const char *name);
void logs_sweep(bool (*gone)(const char *name)); /* remove those for which gone() is true */

#endif
