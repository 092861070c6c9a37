#include "mount-helper/clean.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/wire.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/cgroup/groupkill.h"
#include "protocol/ids.h"
#include "mount-helper/hostmount/plan.h"
#include "mount-helper/kit/sys.h"

/* The zone may hold the socket open when the monitor has gone and its process number is
 * another's. */
static bool is_of(pid_t pid, uid_t uid)
{
	char path[40];
	unsigned real = 0;
	struct buf b = {0};
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	const char *line =
	    fd_read_at(AT_FDCWD, path, &b) == 0 ? strstr(buf_text(&b), "\nUid:") : NULL;
	bool same = line != NULL && sscanf(line, "\nUid: %u", &real) == 1 && real == uid;
	buf_finish(&b);
	return same;
}

/* Who listens at the socket. It lies in a directory of ours, so it was a monitor that we made. */
static void monitor_end(int monitors, const char *name)
{
	struct ucred who;
	socklen_t n = sizeof(who);
	cleanup_fd int s = wire_connect(monitors, name);
	if (s < 0 || getsockopt(s, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
		return;
	/* the last of a zone's or of a VM's range (protocol.h) */
	bool monitor = who.uid >= UID_FIRST && who.uid < UID_LAST + UID_COUNT &&
		       who.uid % UID_COUNT_VM == UID_COUNT_VM - 1;
	cleanup_fd int held = monitor && who.pid > 0 ? sys_pidfd_open(who.pid) : -1;
	if (held >= 0 && is_of(who.pid, who.uid))
		sys_pidfd_kill(held, SIGKILL);
}

static int sockets_remove(const struct dirs *d, const char *name)
{
	monitor_end(d->monitors, name);
	hostmounts_forget(d->monitors, name);
	if (unlinkat(d->monitors, name, 0) < 0 && errno != ENOENT)
		return err_sys("remove the monitor's socket");
	if (unlinkat(d->vnc, name, 0) < 0 && errno != ENOENT)
		return err_sys("remove the display's socket");
	return 0;
}

bool clean_at_once(const struct dirs *d, uint64_t id)
{
	char name[GROUP_NAME];
	group_name(id, name);
	return group_remove(id) == 0 && sockets_remove(d, name) == 0;
}

int clean(const struct dirs *d, uint64_t id)
{
	char name[GROUP_NAME];
	group_name(id, name);
	return group_clean(id) < 0 ? -1 : sockets_remove(d, name);
}
