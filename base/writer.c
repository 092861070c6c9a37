#include "base/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"

enum { ROUND_MAX = 64 };

struct order {
	uint64_t id;
	uint32_t seq, len;
	bool fleeting, delete;
	char text[WRITER_TEXT_MAX];
};

struct places {
	int lasting, fleeting;
};

struct answer {
	uint32_t seq, reserved;
	struct err err;
};

static size_t order_size(const struct order *o)
{
	return offsetof(struct order, text) + o->len;
}

/* ---- the writer's side ---- */

static int put_file(int dir, const struct order *o)
{
	char name[32], beside[40];
	snprintf(name, sizeof(name), "%llu", (unsigned long long)o->id);
	snprintf(beside, sizeof(beside), "%s.new", name);
	if (o->delete)
		return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? err_sys("delete settings")
								     : 0;
	cleanup_fd int fd =
		openat(dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys("write settings");
	if (fd_write_all(fd, o->text, o->len) < 0 || (!o->fleeting && fsync(fd) < 0) ||
		renameat(dir, beside, dir, name) < 0) {
		err_sys("write settings");
		unlinkat(dir, beside, 0);
		return -1;
	}
	return 0;
}

/* Take what is there, at most a round's worth, and sync. Returns how many, -1 at the end. */
static int take_round(int sock, struct order *o, const struct places *in, struct answer *answers)
{
	int n = 0;
	bool lasting = false;
	struct pollfd p = {.fd = sock, .events = POLLIN};
	while (n < ROUND_MAX && (n == 0 || poll(&p, 1, 0) > 0)) {
		ssize_t got = wire_recv(sock, o, sizeof(*o), NULL, 0, NULL);
		if (got <= 0)
			break;
		answers[n] = (struct answer){.seq = o->seq};
		if (put_file(o->fleeting ? in->fleeting : in->lasting, o) < 0)
			err_copy(&answers[n].err);
		lasting |= !o->fleeting;
		n++;
	}
	if (lasting && fsync(in->lasting) < 0) {
		err_sys("sync settings");
		for (int i = 0; i < n; i++)
			if (answers[i].err.code == 0)
				err_copy(&answers[i].err);
	}
	return n;
}

static _Noreturn void serve(int sock, const struct places *in)
{
	static struct order o;
	static struct answer answers[ROUND_MAX];
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	prctl(PR_SET_NAME, "warren-writer");
	cleanup_fd int lock = openat(in->lasting, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct answer ready = {0};
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		ready.err.code = errno;
	wire_send(sock, &ready, sizeof(ready), NULL, 0);
	for (int n; (n = take_round(sock, &o, in, answers)) > 0;)
		for (int i = 0; i < n; i++)
			wire_send(sock, &answers[i], sizeof(answers[i]), NULL, 0);
	_exit(0);
}

/* ---- the daemon's side ---- */

struct job {
	struct list link;
	writer_done *done;
	void *arg;
	bool sent;
	struct order *order; /* owned; freed once sent */
};

static int sock = -1;
static pid_t pid;
static struct source *source;
static struct list jobs = {&jobs, &jobs};
static uint32_t next_seq;

/* Orders are sent until the socket is full. True: there are more. */
static bool send_orders(void)
{
	bool full = false;
	list_each(j, &jobs, struct job, link)
	{
		if (j->sent || full)
			continue;
		full = wire_send(sock, j->order, order_size(j->order), NULL, 0) < 0;
		if (full)
			continue;
		j->sent = true;
		free(j->order);
		j->order = NULL;
	}
	return full;
}

static void push(void)
{
	bool full = send_orders();
	loop_watch(source, full ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static void end_job(struct job *j, const struct err *e)
{
	list_del(&j->link);
	j->done(j->arg, e);
	free(j->order);
	free(j);
}

static void ready(void *arg)
{
	(void)arg;
	struct answer a = {0};
	ssize_t n;
	while ((n = wire_recv(sock, &a, sizeof(a), NULL, 0, NULL)) == (ssize_t)sizeof(a)) {
		/* answers come in the order of the orders */
		struct job *j = container_of(jobs.next, struct job, link);
		if (!list_empty(&jobs))
			end_job(j, a.err.code != 0 ? &a.err : NULL);
	}
	if (n == 0 || (n < 0 && err_code() != EAGAIN)) {
		log_error("the writer has ended: starting anew");
		loop_stop(1); /* the helper starts us again, with a new one */
		return;
	}
	push();
}

int writer_start(int lasting, int fleeting)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("socketpair");
	int room = 4 * (int)sizeof(struct order);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	pid = fork();
	if (pid < 0)
		return err_sys("fork the writer");
	if (pid == 0) {
		close(ends[0]);
		serve(ends[1], &(struct places){lasting, fleeting});
	}
	close(ends[1]);
	struct answer a = {0};
	if (wire_recv(ends[0], &a, sizeof(a), NULL, 0, NULL) != (ssize_t)sizeof(a) ||
		a.err.code != 0)
		return err_set(EIO, "the writer of settings does not start");
	sock = ends[0];
	fd_nonblock(sock);
	source = loop_fd(sock, LOOP_READ, ready, NULL);
	return 0;
}

/* What was ordered gets on disk. Nobody waits for the answers any more; but the writer, for room to
 * answer, so they are read until it ends. */
static void finish_orders(void)
{
	struct answer a;
	ssize_t n;
	bool more = true;
	do {
		if (more && !(more = send_orders()))
			shutdown(sock, SHUT_WR);
		struct pollfd p = {.fd = sock, .events = more ? POLLIN | POLLOUT : POLLIN};
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return;
		n = wire_recv(sock, &a, sizeof(a), NULL, 0, NULL);
	} while (n > 0 || (n < 0 && err_code() == EAGAIN));
}

void writer_stop(void)
{
	loop_close(&source);
	if (sock >= 0)
		finish_orders();
	if (pid > 0)
		waitpid(pid, NULL, 0);
	fd_close(&sock);
	list_each(j, &jobs, struct job, link)
	{
		list_del(&j->link);
		free(j->order);
		free(j);
	}
}

static void add(struct order *o, writer_done *done, void *arg)
{
	struct job *j = xcalloc(1, sizeof(*j));
	j->done = done;
	j->arg = arg;
	j->order = o;
	o->seq = next_seq++;
	list_add_tail(&jobs, &j->link);
	push();
}

void writer_put(
	uint64_t id, bool fleeting, const char *text, size_t len, writer_done *done, void *arg)
{
	struct order *o = xcalloc(1, offsetof(struct order, text) + len);
	o->id = id;
	o->fleeting = fleeting;
	o->len = (uint32_t)len;
	memcpy(o->text, text, len);
	add(o, done, arg);
}

void writer_delete(uint64_t id, bool fleeting, writer_done *done, void *arg)
{
	struct order *o = xcalloc(1, sizeof(*o));
	o->id = id;
	o->fleeting = fleeting;
	o->delete = true;
	add(o, done, arg);
}
