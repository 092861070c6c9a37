/* work [filter]: does each kind of work for a while on CPU 0 and prints the nanoseconds of one of
 * each: a round of arithmetic, getppid, 4 KiB through a pipe, open and fstat and close of a file of
 * /usr, 64 KiB read from one, a request and its answer over TCP, 64 KiB sent over TCP. `filter`:
 * under a filter of system calls that allows everything, which is the least that a filter costs. */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"

enum { PAGE = 4096, LARGE = 65536 };
static const char large_file[] = "/usr/bin/perl", small_file[] = "/usr/bin/true";
static char bytes[LARGE];

static void need(int fine, const char *what)
{
	if (!fine)
		err(1, "%s", what);
}

static void arithmetic(int n)
{
	static volatile uint64_t result;
	uint64_t x = 88172645463325252;
	while (n-- > 0) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	result = x;
	(void)result;
}

static void calls(int n)
{
	while (n-- > 0)
		syscall(SYS_getppid);
}

static void pipes(int n)
{
	int ends[2];
	need(pipe(ends) == 0, "pipe");
	while (n-- > 0)
		need(write(ends[1], bytes, PAGE) == PAGE && read(ends[0], bytes, PAGE) == PAGE,
		    "a pipe");
	close(ends[0]);
	close(ends[1]);
}

static void opens(int n)
{
	struct stat st;
	while (n-- > 0) {
		int fd = open(small_file, O_RDONLY | O_CLOEXEC);
		need(fd >= 0 && fstat(fd, &st) == 0 && close(fd) == 0, small_file);
	}
}

static void reads(int n)
{
	int fd = open(large_file, O_RDONLY | O_CLOEXEC);
	need(fd >= 0, large_file);
	while (n-- > 0)
		need(pread(fd, bytes, LARGE, (off_t)(n % 32) * LARGE) == LARGE, large_file);
	close(fd);
}

/* Two ends of a connection over the loopback interface. */
static void connection(int ends[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int on = 1, s = socket(AF_INET, SOCK_STREAM, 0);
	need(s >= 0 && bind(s, (struct sockaddr *)&a, size) == 0 && listen(s, 1) == 0 &&
		 getsockname(s, (struct sockaddr *)&a, &size) == 0,
	    "listen");
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	need(connect(ends[0], (struct sockaddr *)&a, size) == 0, "connect");
	ends[1] = accept(s, NULL, NULL);
	need(ends[1] >= 0, "accept");
	for (int i = 0; i < 2; i++)
		setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	close(s);
}

static void other_end(const int ends[2], int answers)
{
	ssize_t n;
	close(ends[0]);
	while ((n = read(ends[1], bytes, LARGE)) > 0)
		if (answers && write(ends[1], bytes, (size_t)n) != n)
			_exit(1);
	_exit(0);
}

static void converse(int n, size_t size, int answers)
{
	int ends[2], status;
	connection(ends);
	pid_t pid = fork();
	if (pid == 0)
		other_end(ends, answers);
	close(ends[1]);
	while (n-- > 0)
		need(write(ends[0], bytes, size) == (ssize_t)size &&
			 (!answers || read(ends[0], bytes, size) > 0),
		    "TCP");
	close(ends[0]);
	need(waitpid(pid, &status, 0) == pid && status == 0, "the other end");
}

static void requests(int n)
{
	converse(n, 1, 1);
}

static void stream(int n)
{
	converse(n, LARGE, 0);
}

static const struct {
	void (*run)(int);
	int times;
} kinds[] = {{arithmetic, 10000000}, {calls, 200000}, {pipes, 30000}, {opens, 15000}, {reads, 2500},
    {requests, 2000}, {stream, 1000}};

static void filter(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog prog = {1, &all};
	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		 syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0,
	    "seccomp");
}

int main(int argc, char **argv)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	need(sched_setaffinity(0, sizeof(one), &one) == 0, "pin");
	if (argc > 1 && strcmp(argv[1], "filter") == 0)
		filter();
	clock_settle(); /* who started us is busy yet */
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		kinds[i].run(kinds[i].times / 20);
		int64_t begin = clock_ns();
		kinds[i].run(kinds[i].times);
		printf("%.2f ", clock_us(begin) * 1000 / kinds[i].times);
	}
	puts("");
	return 0;
}
