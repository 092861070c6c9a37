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
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/asks.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"

enum { ROUND_MAX = 64 };

enum task { TASK_PUT, TASK_DELETE, TASK_APPEND };

struct order {
	uint64_t id;
	uint32_t seq, len;
	enum task task;
	bool fleeting;
	char text[WRITER_TEXT_MAX];
};

struct places {
	int lasting, fleeting, histories;
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

static int dir_of(const struct order *o, const struct places *in)
{
	return o->fleeting ? in->fleeting : in->lasting;
}

static int order_refuse(void)
{
	if (errno != ENOSPC && errno != EDQUOT)
		return err_sys("write settings");
	return err_set(
	    ENOSPC, "no space left where state= is: delete something there, or in a zone");
}

static int put_file(const struct order *o, const struct places *in)
{
	char name[32], beside[40];
	int dir = dir_of(o, in);
	snprintf(name, sizeof(name), "%llu", (unsigned long long)o->id);
	snprintf(beside, sizeof(beside), "%s.new", name);
	cleanup_fd int fd =
	    openat(dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return order_refuse();
	if (fd_write_all(fd, o->text, o->len) < 0 || (!o->fleeting && fsync(fd) < 0) ||
	    renameat(dir, beside, dir, name) < 0) {
		order_refuse();
		unlinkat(dir, beside, 0);
		return -1;
	}
	return 0;
}

static void delete_history(uint64_t id, int dir)
{
	char name[WRITER_NAME];
	for (int older = 0; older < 2; older++) {
		writer_history(id, older == 1, name);
		unlinkat(dir, name, 0);
	}
}

static int delete_file(const struct order *o, const struct places *in)
{
	char name[32];
	snprintf(name, sizeof(name), "%llu", (unsigned long long)o->id);
	if (unlinkat(dir_of(o, in), name, 0) < 0 && errno != ENOENT)
		return err_sys("delete settings");
	if (!o->fleeting)
		delete_history(o->id, in->histories);
	return 0;
}

/* Append a line: all of it or, on failure, nothing. */
static int append_line(int fd, const struct order *o, off_t *size)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_sys("write a history");
	if (fd_write_all(fd, o->text, o->len) < 0) {
		err_sys("write a history");
		return ftruncate(fd, st.st_size) < 0 ? err_sys("write a history") : -1;
	}
	*size = st.st_size + o->len;
	return 0;
}

static int append_history(const struct order *o, const struct places *in)
{
	char name[WRITER_NAME], older[WRITER_NAME];
	off_t size = 0;
	writer_history(o->id, false, name);
	cleanup_fd int fd = openat(
	    in->histories, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys("write a history");
	if (append_line(fd, o, &size) < 0)
		return -1;
	writer_history(o->id, true, older);
	if (size > WRITER_HISTORY && renameat(in->histories, name, in->histories, older) < 0)
		return err_sys("write a history");
	return 0;
}

static int (*const tasks[])(const struct order *, const struct places *) = {
    [TASK_PUT] = put_file,
    [TASK_DELETE] = delete_file,
    [TASK_APPEND] = append_history,
};

static bool is_synced(const struct order *o)
{
	return !o->fleeting && o->task != TASK_APPEND;
}

/* Receive the orders that have come, at most a round of them, and sync. Returns how many, -1 at the
 * end. */
static int receive_round(int sock, struct order *o, const struct places *in, struct answer *answers)
{
	int n = 0;
	bool lasting = false;
	struct pollfd p = {.fd = sock, .events = POLLIN};
	while (n < ROUND_MAX && (n == 0 || poll(&p, 1, 0) > 0)) {
		ssize_t got = wire_recv(sock, o, sizeof(*o), NULL, 0, NULL);
		if (got <= 0)
			break;
		answers[n] = (struct answer){.seq = o->seq};
		if (tasks[o->task](o, in) < 0)
			err_copy(&answers[n].err);
		lasting |= is_synced(o);
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

static _Noreturn void orders_serve(int sock, const struct places *in)
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
	for (int n; (n = receive_round(sock, &o, in, answers)) > 0;)
		for (int i = 0; i < n; i++)
			wire_send(sock, &answers[i], sizeof(answers[i]), NULL, 0);
	_exit(0);
}

/* ---- the daemon's side ---- */

static struct asks asks = {.sock = -1};
static pid_t pid;

static void end(asks_done *done, void *arg, const void *answer, int fd, const struct err *why)
{
	const struct answer *a = answer;
	const struct err *e = a != NULL ? &a->err : why;
	fd_close(&fd);
	((writer_done *)done)(arg, e->code != 0 ? e : NULL);
}

static void ready(void *arg)
{
	(void)arg;
	struct answer a = {0};
	ssize_t n;
	while ((n = wire_recv(asks.sock, &a, sizeof(a), NULL, 0, NULL)) == (ssize_t)sizeof(a))
		asks_answer(&asks, a.seq, &a, -1);
	if (n == 0 || (n < 0 && err_code() != EAGAIN)) {
		log_error("the writer has ended: starting anew");
		loop_stop(1); /* the helper starts the daemon again, which starts a new writer */
		return;
	}
	asks_push(&asks);
}

int writer_start(int lasting, int fleeting, int histories)
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
		orders_serve(ends[1], &(struct places){lasting, fleeting, histories});
	}
	close(ends[1]);
	struct answer a = {0};
	if (wire_recv(ends[0], &a, sizeof(a), NULL, 0, NULL) != (ssize_t)sizeof(a) ||
	    a.err.code != 0)
		return err_set(EIO, "the writer of settings does not start");
	return asks_open(&asks, ends[0], ready, NULL);
}

/* Wait until all orders are on disk. Nobody waits for the answers any more, but they are read so
 * that the writer has room to send them. */
static void finish_orders(void)
{
	struct answer a;
	ssize_t n;
	bool more = true;
	do {
		if (more && !(more = asks_push(&asks)))
			shutdown(asks.sock, SHUT_WR);
		struct pollfd p = {.fd = asks.sock, .events = more ? POLLIN | POLLOUT : POLLIN};
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return;
		n = wire_recv(asks.sock, &a, sizeof(a), NULL, 0, NULL);
	} while (n > 0 || (n < 0 && err_code() == EAGAIN));
}

void writer_stop(void)
{
	loop_close(&asks.source);
	if (asks.sock >= 0)
		finish_orders();
	if (pid > 0)
		waitpid(pid, NULL, 0);
	asks_close(&asks, NULL);
}

void writer_history(uint64_t id, bool older, char name[WRITER_NAME])
{
	snprintf(name, WRITER_NAME, "%llu.%s", (unsigned long long)id,
	    older ? "history.old" : "history");
}

/* Copies the text. */
static void order_add(enum task task, uint64_t id, bool fleeting, const char *text, size_t len,
    writer_done *done, void *arg)
{
	struct order *o = xcalloc(1, offsetof(struct order, text) + len);
	o->id = id;
	o->seq = asks_next(&asks);
	o->task = task;
	o->fleeting = fleeting;
	o->len = (uint32_t)len;
	if (len > 0)
		memcpy(o->text, text, len);
	asks_add(&asks, o, order_size(o), NULL, 0, end, (asks_done *)done, arg);
}

void writer_put(
    uint64_t id, bool fleeting, const char *text, size_t len, writer_done *done, void *arg)
{
	order_add(TASK_PUT, id, fleeting, text, len, done, arg);
}

void writer_delete(uint64_t id, bool fleeting, writer_done *done, void *arg)
{
	order_add(TASK_DELETE, id, fleeting, NULL, 0, done, arg);
}

void writer_append(uint64_t id, const char *line, size_t len, writer_done *done, void *arg)
{
	order_add(TASK_APPEND, id, false, line, len, done, arg);
}
