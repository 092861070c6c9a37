#include "mount-helper/template.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/sys.h"

/* /tmp serves as the place to build at: it is there on every host, and only in our namespace */
static int build(void)
{
	static const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	if (sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys("make mounts private");
	if (sys_mount("none", "/tmp", "tmpfs", flags, "mode=755,size=64k") < 0)
		return err_sys("mount a tmpfs");
	if (chdir("/tmp") < 0 || mkdir("proc", 0555) < 0 || mkdir("sys", 0555) < 0)
		return err_sys("make directories");
	if (sys_mount("proc", "proc", "proc", flags, NULL) < 0)
		return err_sys("mount proc");
	if (sys_mount("sysfs", "sys", "sysfs", flags | MS_RDONLY, NULL) < 0)
		return err_sys("mount sysfs");
	if (sys_pivot_root(".", ".") < 0 || sys_umount(".", SYS_DETACH) < 0)
		return err_sys("leave the host's mounts");
	if (sys_mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) < 0)
		return err_sys("make the template read-only");
	return 0;
}

/* In the process that is process 1 of an otherwise empty pid namespace. */
static void builder(int report)
{
	struct err e = {0};
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
		err_sys("unshare"), err_copy(&e);
	else if (build() < 0)
		err_copy(&e);
	if (fd_write_all(report, &e, sizeof(e)) == 0)
		pause(); /* until our namespace has been opened */
	_exit(1);
}

static int namespace_of(pid_t pid, int report)
{
	struct err e;
	if (read(report, &e, sizeof(e)) != (ssize_t)sizeof(e))
		return err_set(EIO, "the process that prepares mounts died");
	if (e.code != 0)
		return err_take(&e);
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys("open %s", path) : fd;
}

int template_make(void)
{
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_sys("pipe");
	cleanup_fd int in = pipes[0], out = pipes[1];
	struct sys_clone a = {.flags = CLONE_NEWPID, .exit_signal = SIGCHLD};
	pid_t pid = (pid_t)sys_clone3(&a);
	if (pid < 0)
		return err_sys("make a pid namespace");
	if (pid == 0)
		builder(out);
	fd_close(&out);
	int fd = namespace_of(pid, in);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd < 0 ? err_wrap("prepare the zones' mounts") : fd;
}
