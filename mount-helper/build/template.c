#include "mount-helper/build/template.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/kit/sys.h"

/* /tmp is the place to build at: every host has it, and this mount namespace alone changes */
static const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

static int root_begin(void)
{
	if (sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys("make mounts private");
	if (sys_mount("none", "/tmp", "tmpfs", flags, "mode=755,size=64k") < 0)
		return err_sys("mount a tmpfs");
	return chdir("/tmp") < 0 ? err_sys("enter a tmpfs") : 0;
}

static int root_seal(void)
{
	if (sys_pivot_root(".", ".") < 0 || sys_umount(".", SYS_DETACH) < 0)
		return err_sys("leave the host's mounts");
	if (sys_mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) < 0)
		return err_sys("make the template read-only");
	return 0;
}

static int build_template(void)
{
	if (root_begin() < 0)
		return -1;
	if (mkdir("proc", 0555) < 0 || mkdir("sys", 0555) < 0)
		return err_sys("make directories");
	if (sys_mount("proc", "proc", "proc", flags, NULL) < 0)
		return err_sys("mount proc");
	if (sys_mount("sysfs", "sys", "sysfs", flags | MS_RDONLY, NULL) < 0)
		return err_sys("mount sysfs");
	return root_seal();
}

static int build_nowhere(void)
{
	return root_begin() < 0 ? -1 : root_seal();
}

/* In the process that is process 1 of an otherwise empty pid namespace. */
static _Noreturn void child_build(int (*build)(void), int report)
{
	struct err e = {0};
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
		err_sys("unshare"), err_copy(&e);
	else if (build() < 0)
		err_copy(&e);
	if (fd_write_all(report, &e, sizeof(e)) == 0)
		pause(); /* until our namespaces have been opened */
	_exit(1);
}

static int namespace_open(pid_t pid, const char *which)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, which);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys("open %s", path) : fd;
}

static int report_read(int report)
{
	struct err e;
	if (read(report, &e, sizeof(e)) != (ssize_t)sizeof(e))
		return err_set(EIO, "the process that prepares mounts died");
	return e.code != 0 ? err_restore(&e) : 0;
}

/* net: its network namespace as well, unless NULL. */
static int namespace_make(int (*build)(void), int *net)
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
		child_build(build, out);
	fd_close(&out);
	int fd = report_read(in) < 0 ? -1 : namespace_open(pid, "mnt");
	if (fd >= 0 && net != NULL && (*net = namespace_open(pid, "net")) < 0)
		fd_close(&fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

int template_make(void)
{
	int fd = namespace_make(build_template, NULL);
	return fd < 0 ? err_wrap("prepare the zones' mounts") : fd;
}

int nowhere_make(int *net)
{
	int fd = namespace_make(build_nowhere, net);
	return fd < 0 ? err_wrap("prepare the monitors' mounts") : fd;
}
