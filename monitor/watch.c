#include "monitor/watch.h"

#include <sys/epoll.h>

#include "base/fd.h"

enum { ROUND = 16 };

/* One event at a time: its handler may free a job. */
void watch_ready(int epoll)
{
	struct epoll_event e;
	for (int i = 0; i < ROUND && epoll_wait(epoll, &e, 1, 0) == 1; i++) {
		struct watch *w = e.data.ptr;
		w->ready(w->job, w);
	}
}

int watch_add(int epoll, int fd, uint32_t events, struct watch *w)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

void watch_close(int epoll, int *fd)
{
	if (*fd >= 0)
		epoll_ctl(epoll, EPOLL_CTL_DEL, *fd, NULL);
	fd_close(fd);
}
