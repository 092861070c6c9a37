#include "monitor/vm/servers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

#include "base/err.h"
#include "base/fd.h"
#include "monitor/zone.h"

static int epoll = -1;
static int pipes[VM_SERVERS]; /* owned; -1: none */

static int watch(unsigned server, int fd)
{
	struct epoll_event e = {.data.u32 = server};
	pipes[server] = fd;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? err_sys("watch what serves it") : 0;
}

/* A pipe from which nothing is read has one event: the end of the other side. */
int servers_init(void)
{
	bool there[VM_SERVERS];
	for (int i = 0; i < VM_SERVERS; i++) {
		there[i] = fcntl(MONITOR_FD_SERVERS + i, F_SETFD, FD_CLOEXEC) == 0;
		pipes[i] = -1;
	}
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		return err_sys("watch what serves it");
	for (unsigned i = 0; i < VM_SERVERS; i++)
		if (there[i] && watch(i, MONITOR_FD_SERVERS + (int)i) < 0)
			return -1;
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
	fd_close(&pipes[e.data.u32]);
	zone_unserved(e.data.u32);
}

/* The end of a pipe that is closed here is told no more. */
int servers_change(unsigned server, int *ended)
{
	if (epoll < 0 || server >= VM_SERVERS)
		return err_set(EINVAL, "there is no such server");
	fd_close(&pipes[server]);
	zone_served(server);
	return *ended < 0 ? 0 : watch(server, fd_move(ended));
}
