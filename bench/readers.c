/* readers UID N EVENT FILE: as that user, N threads that read EVENT, N open files of it that are
 * polled, and N open ones of FILE that were read: each as far as they are let. Prints how many wait
 * in read, when nothing moves any more; ends at the end of standard input. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 32 << 10, USEC = 10000, QUIET = 20 };

static const char *event, *file;
static int n;
static atomic_int begun, refused;

static int file_open(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", name);
	return fd;
}

static void *reader(void *arg)
{
	char text[4096];
	int fd = file_open(event);
	(void)arg;
	begun++;
	while (read(fd, text, sizeof(text)) > 0)
		;
	refused++;
	pause();
	return NULL;
}

/* Until no more are refused. */
static int settled(void)
{
	int before = -1;
	for (int quiet = 0; quiet < QUIET; quiet++) {
		int now = begun + refused;
		if (now != before || begun < n)
			quiet = 0;
		before = now;
		usleep(USEC);
	}
	return n - refused;
}

static void read_all(int told)
{
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (int i = 0; i < n; i++) {
		pthread_t t;
		if ((errno = pthread_create(&t, &attr, reader, NULL)) != 0)
			err(1, "thread %d", i);
	}
	dprintf(told, "%d\n", settled());
	pause();
}

static void poll_all(int told)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLET};
	int ep = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < n; i++) {
		e.data.fd = file_open(event);
		if (epoll_ctl(ep, EPOLL_CTL_ADD, e.data.fd, &e) < 0)
			err(1, "poll");
	}
	dprintf(told, "0\n");
	while (epoll_wait(ep, &e, 1, -1) == 1)
		if ((e.events & EPOLLERR) != 0)
			epoll_ctl(ep, EPOLL_CTL_DEL, e.data.fd, NULL);
}

static void open_all(int told)
{
	char byte;
	for (int i = 0; i < n; i++)
		if (read(file_open(file), &byte, 1) < 0)
			err(1, "%s", file);
	dprintf(told, "0\n");
	pause();
}

static pid_t parts[3];

/* As soon as it has what it is let have. */
static int part(int which, void (*fn)(int told), int told[2])
{
	pid_t pid = parts[which] = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn(told[1]);
		exit(1);
	}
	int got = 0;
	char text[16] = "";
	if (read(told[0], text, sizeof(text) - 1) <= 0 || (got = atoi(text)) < 0)
		exit(1);
	return got;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	int told[2];
	char byte;
	n = argc == 5 ? atoi(argv[2]) : 0;
	if (n < 1)
		errx(2, "usage: readers UID N EVENT FILE");
	event = argv[3];
	file = argv[4];
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	uid_t uid = (uid_t)atoi(argv[1]);
	if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0 || pipe(told) < 0)
		err(1, "become %s", argv[1]);
	int waiting = part(0, read_all, told);
	part(1, poll_all, told);
	part(2, open_all, told);
	printf("%d\n", waiting);
	fflush(stdout);
	int end = read(0, &byte, 1) != 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		kill(parts[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return end;
}
