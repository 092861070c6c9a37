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

/* Close *fd. That alone is not enough: others may hold the same file for a moment, and epoll would
 * tell of it. */
void watch_close(int epoll, int *fd);

#endif
