#include "monitor/vm/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

#include "base/err.h"
#include "base/fd.h"
#include "monitor/zone.h"

static int epoll = -1;

/* A pipe from which nothing is read has one event: the end of the other side. */
int mounts_init(void)
{
	bool there[VM_MOUNTS];
	for (int i = 0; i < VM_MOUNTS; i++)
		there[i] = fcntl(MONITOR_FD_MOUNTS + i, F_SETFD, FD_CLOEXEC) == 0;
	for (int i = 0; i < VM_MOUNTS; i++) {
		struct epoll_event e = {.data.u32 = (uint32_t)i};
		if (!there[i])
			continue;
		if ((epoll < 0 && (epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, MONITOR_FD_MOUNTS + i, &e) < 0)
			return err_sys("watch what serves its mounts");
	}
	return 0;
}

int mounts_fd(short *events)
{
	*events = POLLIN;
	return epoll;
}

void mounts_ready(short revents)
{
	struct epoll_event e;
	(void)revents;
	if (epoll_wait(epoll, &e, 1, 0) != 1)
		return;
	epoll_ctl(epoll, EPOLL_CTL_DEL, MONITOR_FD_MOUNTS + (int)e.data.u32, NULL);
	close(MONITOR_FD_MOUNTS + (int)e.data.u32);
	zone_unserved(e.data.u32);
}
