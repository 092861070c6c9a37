#include "mount-helper/kit/userns.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/err.h"
#include "base/fd.h"
#include "protocol/ids.h"
#include "mount-helper/kit/sys.h"

int userns_map(int proc, pid_t pid, uid_t inside, uid_t outside, uint32_t count)
{
	char text[64];
	snprintf(text, sizeof(text), "%d", (int)pid);
	cleanup_fd int dir = openat(proc, text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys("find the process of a user namespace");
	snprintf(
	    text, sizeof(text), "%u %u %u\n", (unsigned)inside, (unsigned)outside, (unsigned)count);
	if (fd_write_at(dir, "uid_map", text) < 0 || fd_write_at(dir, "gid_map", text) < 0)
		return -1;
	int userns = openat(dir, "ns/user", O_RDONLY | O_CLOEXEC);
	return userns < 0 ? err_sys("open a user namespace") : userns;
}

pid_t userns_clone(struct sys_clone *a)
{
	prctl(PR_SET_DUMPABLE, 1);
	pid_t pid = (pid_t)sys_clone3(a);
	if (pid != 0 && CONFINED)
		prctl(PR_SET_DUMPABLE, 0);
	return pid;
}

int userns_make(uid_t inside, uid_t outside)
{
	struct sys_clone a = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	pid_t pid = userns_clone(&a);
	if (pid < 0)
		return err_sys("make a user namespace");
	if (pid == 0)
		for (;;)
			pause();
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int userns =
	    proc < 0 ? err_sys("open /proc") : userns_map(proc, pid, inside, outside, UID_MAPPED);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return userns;
}
