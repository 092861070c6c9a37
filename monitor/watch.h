/* What an event of the jobs' epoll is about. */
#ifndef WARREN_MONITOR_WATCH_H
#define WARREN_MONITOR_WATCH_H

#include <stdint.h>

struct job;

struct watch {
	struct job *job;
	void (*ready)(struct job *, struct watch *);
};

/* Take what happened, a bounded number of events. */
void watch_ready(int epoll);

int watch_add(int epoll, int fd, uint32_t events, struct watch *w);

/* Remove *fd from epoll and close it. Closing alone is not enough: another process may hold the
 * same open file for a moment, and epoll would report it. */
void watch_close(int epoll, int *fd);

#endif
