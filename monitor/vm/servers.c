#include "monitor/vm/servers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

#include "base/err.h"
#include "base/fd.h"
#include "monitor/zone.h"

static int epoll = -1;

/* A pipe from which nothing is read has one event: the end of the other side. */
int servers_init(void)
{
	bool there[VM_SERVERS];
	for (int i = 0; i < VM_SERVERS; i++)
		there[i] = fcntl(MONITOR_FD_SERVERS + i, F_SETFD, FD_CLOEXEC) == 0;
	for (int i = 0; i < VM_SERVERS; i++) {
		struct epoll_event e = {.data.u32 = (uint32_t)i};
		if (!there[i])
			continue;
		if ((epoll < 0 && (epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, MONITOR_FD_SERVERS + i, &e) < 0)
			return err_sys("watch what serves it");
	}
	return 0;
}

int servers_fd(short *events)
{
	*events = POLLIN;
	return epoll;
}

void servers_ready(short revents)
{
	struct epoll_event e;
	(void)revents;
	if (epoll_wait(epoll, &e, 1, 0) != 1)
		return;
	epoll_ctl(epoll, EPOLL_CTL_DEL, MONITOR_FD_SERVERS + (int)e.data.u32, NULL);
	close(MONITOR_FD_SERVERS + (int)e.data.u32);
	zone_unserved(e.data.u32);
}
