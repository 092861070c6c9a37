/* vm_floor ARGUMENTS KERNEL INITRD [WORDS RAM]: QEMU by hand. ARGUMENTS is what /proc/PID/cmdline
 * told of a VM of warren's; its /kernel and /initrd become the two paths, and the descriptors that
 * it names are given their numbers. Prints what vm_boot does, from fork on, then kills it. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/guest.h"

enum { ARGS = 128 };

static char text[1 << 16];

/* Split at its NULs, with the paths that are the zone's replaced by the host's. */
static void arguments_read(const char *file, char *kernel, char *initrd, char *argv[ARGS])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), n = 0;
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		err(1, "%s", file);
	close(fd);
	for (char *p = text; p < text + len && n < ARGS - 1; p += strlen(p) + 1)
		argv[n++] = strcmp(p, "/kernel") == 0	? kernel
			    : strcmp(p, "/initrd") == 0 ? initrd
							: p;
	argv[n] = NULL;
}

/* The number in "socket,id=NAME,fd=NUMBER"; -1: there is no such word. */
static int number_of(char *argv[ARGS], const char *name)
{
	char head[64];
	snprintf(head, sizeof(head), "socket,id=%s,fd=", name);
	for (int i = 0; argv[i] != NULL; i++)
		if (strncmp(argv[i], head, strlen(head)) == 0)
			return atoi(argv[i] + strlen(head));
	return -1;
}

/* Both ends well above the numbers that QEMU is to find them at. */
static void pair(int ends[2])
{
	int low[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, low) < 0)
		err(1, "socketpair");
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 100);
		close(low[i]);
	}
}

static void qemu(char *argv[ARGS], int console, int qmp, int agent)
{
	int null = open("/dev/null", O_RDWR);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(console, number_of(argv, "console"));
	dup2(qmp, number_of(argv, "qmp"));
	dup2(agent, number_of(argv, "agent"));
	execv(argv[0], argv);
	err(127, "%s", argv[0]);
}

int main(int argc, char **argv)
{
	char *args[ARGS];
	int console[2], qmp[2], agent[2], status;
	if (argc != 4 && argc != 6)
		errx(2, "usage: vm_floor ARGUMENTS KERNEL INITRD [WORDS RAM]");
	arguments_read(argv[1], argv[2], argv[3], args);
	int64_t begin = clock_ns();
	pair(console);
	pair(qmp);
	pair(agent);
	pid_t pid = fork();
	if (pid == 0)
		qemu(args, console[1], qmp[1], agent[1]);
	close(console[1]);
	close(qmp[1]);
	close(agent[1]);
	if (pid < 0)
		err(1, "fork");
	console_await(console[0], NULL);
	printf("%.1f -", clock_us(begin));
	if (argc == 6) {
		console_await(console[0], argv[4]);
		double up = clock_us(begin);
		double cpu = cpu_us(pid);
		printf(" %.1f %lu %.1f", up, beside_ram(pid, strtoul(argv[5], NULL, 10)), cpu);
	}
	printf("\n");
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) != pid;
}
