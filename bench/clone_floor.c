/* clone_floor N: N times a process in all the namespaces that a zone has, with a uid range of its
 * own, which executes a static program that only waits; then kills it. Prints the microseconds of
 * each pair: until the program is in its main, and from the kill until it is reaped. There are no
 * root, control groups, capabilities, console or monitor. `clone_floor pause` is the program that
 * waits. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"

enum { UID_BASE = 1 << 24, UIDS = 1 << 16, UP = 3 };

extern char **environ;

static void child(const int go[2], int up, int program)
{
	char *argv[] = {(char[]){"clone_floor"}, (char[]){"pause"}, NULL}, c;
	close(go[1]);
	if (read(go[0], &c, 1) == 1 && setgid(0) == 0 && setuid(0) == 0 && dup2(up, UP) == UP)
		fexecve(program, argv, environ);
	_exit(127);
}

static void map_write(pid_t pid, const char *which)
{
	char path[64], map[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, which);
	snprintf(map, sizeof(map), "0 %d %d\n", UID_BASE, UIDS);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, strlen(map)) < 0)
		err(1, "%s", path);
	close(fd);
}

/* `up` comes to its end when the program has closed what it has of it. */
static pid_t start(int program, int *pidfd)
{
	struct clone_args a = {.flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS |
					CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_PIDFD,
	    .pidfd = (uint64_t)(uintptr_t)pidfd,
	    .exit_signal = SIGCHLD};
	int go[2], up[2];
	char c;
	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(up, O_CLOEXEC) < 0)
		err(1, "pipe");
	pid_t pid = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		child(go, up[1], program);
	if (pid < 0)
		err(1, "clone3");
	close(up[1]);
	map_write(pid, "uid_map");
	map_write(pid, "gid_map");
	if (write(go[1], "g", 1) != 1 || read(up[0], &c, 1) != 0)
		errx(1, "the child did not start");
	close(up[0]);
	close(go[0]);
	close(go[1]);
	return pid;
}

static void once(int program)
{
	int pidfd = -1, status;
	clock_settle();
	int64_t begin = clock_ns();
	pid_t pid = start(program, &pidfd);
	double boot = clock_us(begin);
	begin = clock_ns();
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "the program did not run");
	printf("%.1f %.1f\n", boot, clock_us(begin));
	close(pidfd);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: clone_floor N | pause");
	if (strcmp(argv[1], "pause") == 0) {
		close(UP);
		return pause();
	}
	/* well above UP */
	int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int program = fcntl(exe, F_DUPFD_CLOEXEC, 10);
	if (program < 0)
		err(1, "/proc/self/exe");
	close(exe);
	for (int n = atoi(argv[1]); n > 0; n--)
		once(program);
	return 0;
}
