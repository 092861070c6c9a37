/* A monitor with a zone, wired as the mount helper would, for the monitor's tests. Waiting is for
 * events with a deadline, never for time to pass. */
#ifndef WARREN_TESTS_MONITOR_ZONE_H
#define WARREN_TESTS_MONITOR_ZONE_H

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/ring.h"
#include "base/wire.h"
#include "protocol/start.h"
#include "protocol/monitor.h"

enum { WAIT_MS = 20000, INBOX = 64, ROOM = 256 << 10 };

/* One at a time, and ended by zone_stop. */
static struct {
	bool vm;
	pid_t monitor;
	char dir[64];
	int dirfd, listener;
	struct ring log;
	int console[2], messages[2], qmp[2], agent[2], input[2]; /* [0] ours, [1] theirs */
	int mdata[2]; /* [0] theirs, [1] ours */
	int sock;
	uint32_t seq;
	struct mon_event inbox[INBOX];
	int n;
	int answer; /* what came with the latest MON_REPLY; ours */
} z;

static inline void place(int from, int to)
{
	if (dup2(from, to) < 0)
		_exit(126);
}

static inline int high(int fd) /* above the numbers that the monitor is started with */
{
	return fcntl(fd, F_DUPFD, 100);
}

static inline void become_init(char *const *argv)
{
	int in = high(z.vm ? z.input[1] : z.console[1]), out = high(z.vm ? z.messages[1] : in);
	int serial = high(z.console[1]), qmp = z.vm ? high(z.qmp[1]) : -1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	place(in, 0);
	place(out, 1);
	place(out, 2);
	if (z.vm) {
		place(serial, ZONE_FD_CONSOLE);
		place(qmp, ZONE_FD_QMP);
	}
	close_range(z.vm ? ZONE_FD_NICS : 3, ~0U, 0);
	execvp(argv[0], argv);
	_exit(127);
}

static inline void become_monitor(char *const *argv)
{
	const char *dir = getenv("WARREN_BUILD");
	char path[PATH_MAX], number[16];
	pid_t init = fork();
	if (init == 0)
		become_init(argv);
	int listener = high(z.listener), console = high(z.console[0]), log = high(z.log.fd);
	int pidfd = high((int)syscall(SYS_pidfd_open, init, 0));
	int messages = z.vm ? high(z.messages[0]) : -1, qmp = z.vm ? high(z.qmp[0]) : -1;
	int agent = z.vm ? high(z.agent[0]) : -1;
	int mdata = high(z.mdata[0]), metadata = z.vm ? -1 : high(z.dirfd);
	place(listener, MONITOR_FD_LISTEN);
	place(console, MONITOR_FD_CONSOLE);
	place(log, MONITOR_FD_LOG);
	place(pidfd, MONITOR_FD_INIT);
	if (z.vm) {
		place(messages, MONITOR_FD_MESSAGES);
		place(qmp, MONITOR_FD_QMP);
		close(MONITOR_FD_VNC);
		place(agent, MONITOR_FD_AGENT);
	}
	close_range(z.vm ? MONITOR_FD_AGENT + 1 : MONITOR_FD_INIT + 1, 99, 0);
	place(mdata, MONITOR_FD_MDATA);
	if (!z.vm)
		place(metadata, MONITOR_FD_METADATA);
	close_range(MONITOR_FD_METADATA + 1, ~0U, 0);
	snprintf(path, sizeof(path), "%s/warren-monitor", dir != NULL ? dir : "build");
	snprintf(number, sizeof(number), "%d", (int)init);
	execl(path, path, number, z.vm ? "vm" : "zone", (char *)NULL);
	_exit(126);
}

static inline void make_pty(void)
{
	z.console[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert(z.console[0] >= 0 && unlockpt(z.console[0]) == 0);
	z.console[1] = ioctl(z.console[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(z.console[1], 0);
}

/* [0] is the monitor's and [1] the guest's, until they run; then [1] is free to be ours. */
static inline void make_sockets(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, z.console), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, z.qmp), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, z.agent), 0);
	ck_assert_int_eq(pipe2(z.messages, O_CLOEXEC), 0);
	int p[2];
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	z.input[0] = p[1];
	z.input[1] = p[0];
}

static inline int dial(void)
{
	int s = wire_connect(z.dirfd, "socket");
	ck_assert_int_ge(s, 0);
	return s;
}

static inline void zone_start(bool vm, char *const *argv)
{
	memset(&z, 0, sizeof(z));
	z.vm = vm;
	z.input[0] = z.messages[1] = z.qmp[1] = z.agent[1] = -1;
	snprintf(z.dir, sizeof(z.dir), "/tmp/warren-test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(z.dir));
	z.dirfd = open(z.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	z.listener = wire_listen(z.dirfd, "socket", SOCK_SEQPACKET);
	ck_assert_int_eq(ring_make(&z.log, memfd_create("log", MFD_CLOEXEC), ROOM, 0), 0);
	if (vm)
		make_sockets();
	else
		make_pty();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, z.mdata), 0);
	z.monitor = fork();
	if (z.monitor == 0)
		become_monitor(argv);
	close(z.mdata[0]);
	close(z.listener);
	close(z.console[0]);
	if (!vm)
		close(z.console[1]); /* else it would never be hung up */
	if (vm) {
		close(z.qmp[0]);
		close(z.agent[0]);
		close(z.messages[0]);
		close(z.messages[1]);
		close(z.input[1]);
	}
	z.sock = dial();
}

static inline void zone_sh(bool vm, const char *script)
{
	char text[1024];
	snprintf(text, sizeof(text), "%s", script);
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, text, NULL};
	zone_start(vm, argv);
}

/* The monitor's death is process 1's (PDEATHSIG). */
static inline void zone_stop(void)
{
	char path[96];
	kill(z.monitor, SIGKILL);
	waitpid(z.monitor, NULL, 0);
	snprintf(path, sizeof(path), "%s/socket", z.dir);
	unlink(path);
	rmdir(z.dir);
	ring_close(&z.log);
	close(z.sock);
	close(z.mdata[1]);
	close(z.dirfd);
}

static inline void wait_in(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ck_assert_msg(poll(&p, 1, WAIT_MS) == 1, "nothing came in time");
}

static inline uint32_t ask_at(int sock, struct mon_request r)
{
	r.seq = ++z.seq;
	ck_assert_int_eq(wire_send(sock, &r, sizeof(r), NULL, 0), 0);
	return r.seq;
}

static inline uint32_t ask(struct mon_request r)
{
	return ask_at(z.sock, r);
}

/* The next event of this kind: a DONE's seq must fit, a STATUS must tell this state. */
static inline bool fits(const struct mon_event *e, enum mon_op op, uint32_t want)
{
	return e->op == op && (op == MON_STATUS ? e->state == want : e->seq == want);
}

static inline bool from_inbox(enum mon_op op, uint32_t want, struct mon_event *e)
{
	for (int i = 0; i < z.n; i++) {
		if (!fits(&z.inbox[i], op, want))
			continue;
		*e = z.inbox[i];
		memmove(z.inbox + i, z.inbox + i + 1, (size_t)(--z.n - i) * sizeof(*e));
		return true;
	}
	return false;
}

static inline void receive(int sock, struct mon_event *e)
{
	ssize_t n = -1;
	while (n < 0) {
		wait_in(sock);
		n = wire_recv(sock, e, sizeof(*e), &z.answer, 1, NULL);
	}
	ck_assert_int_eq(n, sizeof(*e));
}

static inline void keep(const struct mon_event *e)
{
	if (e->op == MON_OUTPUT)
		return;
	ck_assert_int_lt(z.n, INBOX);
	z.inbox[z.n++] = *e;
}

static inline struct mon_event expect(enum mon_op op, uint32_t want)
{
	struct mon_event e;
	while (!from_inbox(op, want, &e)) {
		receive(z.sock, &e);
		keep(&e);
	}
	return e;
}

/* It may have ended before we were connected. */
static inline struct mon_event ended(void)
{
	ask((struct mon_request){.op = MON_HELLO});
	return expect(MON_STATUS, MON_ENDED);
}

/* A QMP command, with a descriptor for QEMU or -1. */
static inline uint32_t ask_qmp(const char *command, size_t n, int with)
{
	struct mon_request r = {.op = MON_QMP, .seq = ++z.seq};
	int fds[2] = {memfd_create("command", MFD_CLOEXEC), with};
	ck_assert_int_eq(fd_write_all(fds[0], command, n), 0);
	ck_assert_int_eq(wire_send(z.sock, &r, sizeof(r), fds, with >= 0 ? 2 : 1), 0);
	close(fds[0]);
	return r.seq;
}

static inline int done(struct mon_request r)
{
	return expect(MON_DONE, ask(r)).err.code;
}

/* The answer to HELLO; what came before it, on our own connection, is kept. */
static inline struct mon_event hello(int sock)
{
	struct mon_event e;
	uint32_t seq = ask_at(sock, (struct mon_request){.op = MON_HELLO});
	for (;;) {
		receive(sock, &e);
		if (e.op == MON_STATUS && e.seq == seq)
			return e;
		if (sock == z.sock)
			keep(&e);
	}
}

static inline struct mon_request typing(const char *text)
{
	struct mon_request r = {.op = MON_TYPE, .len = (uint32_t)strlen(text)};
	memcpy(r.bytes, text, r.len);
	return r;
}

static inline bool in_log(const char *text)
{
	static char all[ROOM];
	uint64_t pos = 0, lost = 0;
	size_t n = ring_read(&z.log, &pos, all, sizeof(all), &lost);
	return memmem(all, n, text, strlen(text)) != NULL;
}

static inline void wait_log(const char *text)
{
	struct mon_event e;
	ask((struct mon_request){.op = MON_WATCH, .value = 1});
	hello(z.sock); /* what came before the watch is there by now */
	while (!in_log(text)) {
		receive(z.sock, &e);
		keep(&e);
	}
}

static inline void wait_gone(int sock) /* the monitor has closed this connection */
{
	struct mon_event e;
	ssize_t n = 1;
	while (n > 0) {
		wait_in(sock);
		n = recv(sock, &e, sizeof(e), 0);
	}
}

/* A number behind a word in /proc/PID/FILE. */
static inline long proc_number(pid_t pid, const char *file, const char *word)
{
	char path[64];
	struct buf b = {0};
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	ck_assert_int_eq(fd_read_at(AT_FDCWD, path, &b), 0);
	const char *at = strstr(buf_text(&b), word);
	long n = at != NULL ? strtol(at + strlen(word), NULL, 10) : -1;
	buf_finish(&b);
	return n;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
enum { PRIVATE_MAX = 1 << 20 }; /* its shadow is not what we measure */
#else
enum { PRIVATE_MAX = 512 };
#endif

/* What each zone's monitor costs beside the program's text, which is one for all of them. */
static inline long private_kib(void)
{
	return proc_number(z.monitor, "smaps_rollup", "Anonymous:");
}

#endif
