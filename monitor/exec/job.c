#include "monitor/exec/job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/wire.h"
#include "monitor/answer.h"
#include "monitor/exec/enter.h"
#include "monitor/exec/stdin.h"
#include "monitor/exec/stream.h"
#include "monitor/watch.h"
#include "monitor/zone.h"

enum { ALL_CLIENTS = (1 << CLIENTS_MAX) - 1 };

static const struct err ok;

struct job {
	struct list link;
	uint64_t id;
	enum mon_job_state state;
	int status;
	pid_t pid, first; /* 0: none, or not yet; first: that of enter.h, to be waited for */
	int pidfd, sock; /* owned; -1: ended, started */
	struct watch by_pidfd, by_sock, by_in, by_stream[JOB_STREAMS];
	struct stream streams[JOB_STREAMS];
	bool tty, has_ends, failed;
	struct err why; /* of failed */
	unsigned news; /* a bit for each client that has not heard of the latest */

	struct job_stdin in;
	struct answer_due start, forget;
};

static int epoll = -1;
static struct list jobs = {&jobs, &jobs};
static unsigned njobs;

static void on_pidfd(struct job *j, struct watch *w);
static void on_sock(struct job *j, struct watch *w);
static void on_in(struct job *j, struct watch *w);
static void on_stream(struct job *j, struct watch *w);

int jobs_init(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	return epoll < 0 ? err_sys("jobs") : 0;
}

int jobs_fd(short *events)
{
	*events = POLLIN;
	return epoll;
}

void jobs_ready(short revents)
{
	(void)revents;
	watch_ready(epoll);
}

static struct job *job_find(uint64_t id)
{
	list_each(j, &jobs, struct job, link)
		if (j->id == id)
			return j;
	return NULL;
}

/* ---- who is told ---- */

static void note_change(struct job *j)
{
	j->news = ALL_CLIENTS;
}

static void forget_client(const struct client *who)
{
	list_each(j, &jobs, struct job, link) {
		answer_drop(&j->start, who);
		answer_drop(&j->in.due, who);
		answer_drop(&j->forget, who);
	}
}

static bool is_news(const struct job *j, unsigned slot)
{
	return (j->news >> slot & 1) != 0 && j->state != MON_JOB_BEGINS;
}

static bool news(unsigned slot)
{
	list_each(j, &jobs, struct job, link)
		if (is_news(j, slot))
			return true;
	return false;
}

static bool next_news(unsigned slot, struct mon_event *e)
{
	list_each(j, &jobs, struct job, link) {
		if (!is_news(j, slot))
			continue;
		j->news &= ~(1U << slot);
		*e = (struct mon_event){.op = MON_JOB,
		    .job = j->id,
		    .state = j->state,
		    .init = j->pid,
		    .status = j->status};
		for (unsigned i = 0; i < JOB_STREAMS; i++)
			e->streams_done |= j->streams[i].done ? 1U << i : 0;
		return true;
	}
	return false;
}

static void not_told(unsigned slot, uint64_t id)
{
	struct job *j = job_find(id);
	if (j != NULL)
		j->news |= 1U << slot;
}

/* ---- its end ---- */

static void job_free(struct job *j)
{
	stdin_close(&j->in, ESRCH, "it has ended");
	watch_close(epoll, &j->pidfd);
	watch_close(epoll, &j->sock);
	for (int i = 0; i < JOB_STREAMS; i++)
		stream_close(&j->streams[i]);
	list_del(&j->link);
	njobs--;
	free(j);
}

/* Answer who waits once nothing of the job is left. The job may be freed by this. */
static void answer_if_over(struct job *j)
{
	if (j->sock >= 0 || j->pidfd >= 0 || !(j->failed || j->forget.due))
		return;
	struct answer_due begin = j->start, forget = j->forget;
	struct err why = j->why;
	job_free(j);
	answer_give(&begin, &why);
	answer_give(&forget, &ok);
}

static void note_end(struct job *j, int status)
{
	j->state = MON_JOB_ENDED;
	j->status = status;
	watch_close(epoll, &j->pidfd);
	stdin_close(&j->in, EIO, "it has ended, and did not take all of it");
	for (int i = 0; i < JOB_STREAMS; i++)
		stream_drain(&j->streams[i]);
	note_change(j);
}

/* What the job reported before its end is read first. last: nothing of the zone is left, whatever
 * the kernel says. */
static void job_reap(struct job *j, bool last)
{
	siginfo_t s = {0};
	if (j->sock >= 0)
		on_sock(j, &j->by_sock);
	int result = waitid((idtype_t)WAIT_PIDFD, (id_t)j->pidfd, &s, WEXITED | WNOHANG);
	if (!last && ((result < 0 && errno == EINTR) || (result == 0 && s.si_pid == 0)))
		return;
	bool exited = s.si_pid != 0 && s.si_code == CLD_EXITED;
	note_end(j, exited ? (s.si_status & 0xff) << 8 : s.si_pid != 0 ? s.si_status : SIGKILL);
	answer_if_over(j);
}

static void on_pidfd(struct job *j, struct watch *w)
{
	(void)w;
	job_reap(j, false);
}

void jobs_end(void)
{
	list_each(j, &jobs, struct job, link) {
		if (j->pidfd >= 0)
			job_reap(j, true);
		else if (j->sock >= 0)
			on_sock(j, &j->by_sock);
	}
}

/* ---- its start ---- */

/* Keep the first error and kill what exists. A second process that reports later is killed then. */
static void job_fail(struct job *j, int code, const char *why)
{
	if (j->failed)
		return;
	j->why.code = code;
	snprintf(j->why.text, sizeof(j->why.text), "%s", why);
	j->failed = true;
	if (j->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, j->pidfd, SIGKILL, NULL, 0);
}

static void answer_start(struct job *j)
{
	watch_close(epoll, &j->sock);
	if (j->first > 0)
		waitpid(j->first, NULL, 0); /* it has closed its end: at most a moment */
	if (j->pid == 0 || !j->has_ends)
		job_fail(j, EIO, "start: it was killed as it began");
	if (!j->failed)
		answer_give(&j->start, &ok);
	if (j->state == MON_JOB_BEGINS && !j->failed)
		j->state = MON_JOB_RUNS;
	note_change(j);
	answer_if_over(j);
}

static bool on_first(struct job *j, const struct enter_news *n, int *fds)
{
	(void)fds;
	j->first = n->pid;
	return true;
}

static bool on_second(struct job *j, const struct enter_news *n, int *fds)
{
	if (fds[0] < 0 || j->pidfd >= 0)
		return false;
	j->pid = n->pid;
	j->pidfd = fd_move(&fds[0]);
	j->by_pidfd = (struct watch){j, on_pidfd};
	watch_add(epoll, j->pidfd, EPOLLIN, &j->by_pidfd);
	if (j->forget.due || j->failed)
		syscall(SYS_pidfd_send_signal, j->pidfd, SIGKILL, NULL, 0);
	return true;
}

static void stream_open(struct job *j, int i, int *fd)
{
	j->by_stream[i] = (struct watch){j, on_stream};
	stream_begin(&j->streams[i], fd_move(fd), epoll, &j->by_stream[i]);
}

static bool on_ends(struct job *j, const struct enter_news *n, int *fds)
{
	(void)n;
	for (int i = 0; i < (j->tty ? 1 : ENTER_FDS); i++)
		if (fds[i] < 0 || !enter_is_end(fds[i], j->tty) || j->has_ends)
			return false;
	/* the terminal's master is stdin and stdout, and epoll takes a descriptor once only */
	int in = j->tty ? fcntl(fds[0], F_DUPFD_CLOEXEC, 3) : fd_move(&fds[0]);
	if (in < 0 || stdin_begin(&j->in, in, j->tty) < 0)
		return false;
	stream_open(j, 0, j->tty ? &fds[0] : &fds[1]);
	if (!j->tty)
		stream_open(j, 1, &fds[2]);
	else
		stream_close(&j->streams[1]);
	j->has_ends = true;
	return true;
}

static bool on_failed(struct job *j, const struct enter_news *n, int *fds)
{
	(void)fds;
	job_fail(j, n->err.code > 0 ? n->err.code : EIO, n->err.text);
	return true;
}

static bool news_handle(struct job *j, const struct enter_news *n, int *fds)
{
	static bool (*const words[])(struct job *, const struct enter_news *, int *) = {
	    [ENTER_FIRST] = on_first,
	    [ENTER_BORN] = on_second,
	    [ENTER_ENDS] = on_ends,
	    [ENTER_FAILED] = on_failed};
	return n->word < NELEM(words) && words[n->word](j, n, fds);
}

/* Reads on after a message that did not arrive whole: the next may name the process to kill. */
static void on_sock(struct job *j, struct watch *w)
{
	static struct enter_news n;
	ssize_t got;
	(void)w;
	do {
		int fds[ENTER_FDS] = {-1, -1, -1}, nfds = 0;
		got = wire_recv(j->sock, &n, sizeof(n), fds, ENTER_FDS, &nfds);
		if (got < 0 && err_code() == EAGAIN)
			return;
		err_tidy(&n.err);
		if (got != 0 && (got != (ssize_t)sizeof(n) || !news_handle(j, &n, fds)))
			job_fail(j, ENOSPC, "start: its monitor has as many descriptors as it may");
		for (int i = 0; i < ENTER_FDS; i++)
			fd_close(&fds[i]);
	} while (got > 0 || (got < 0 && (err_code() == EBADMSG || err_code() == EMFILE)));
	answer_start(j);
}

static struct job *job_make(uint64_t id, const int *fds)
{
	struct job *j = xcalloc(1, sizeof(*j));
	j->id = id;
	j->pidfd = j->sock = -1;
	j->by_in = (struct watch){j, on_in};
	j->in = (struct job_stdin){.fd = -1, .epoll = epoll, .as = &j->by_in};
	for (int i = 0; i < JOB_STREAMS; i++)
		j->streams[i] = (struct stream){.fd = -1, .ring.fd = fds[i], .epoll = epoll};
	list_add_tail(&jobs, &j->link);
	njobs++;
	return j;
}

static int start_prepare(struct job *j, int orders)
{
	struct job_orders o;
	for (int i = 0; i < JOB_STREAMS; i++) {
		struct ring *ring = &j->streams[i].ring;
		if (ring_open(ring, ring->fd) < 0)
			return -1;
		if (ring->room <= JOB_TAIL)
			return err_set(EBADMSG, "start: a ring is too small");
	}
	if (pread(orders, &o, sizeof(o), 0) != (ssize_t)sizeof(o))
		return err_set(EBADMSG, "start: its orders are damaged");
	j->tty = o.tty != 0;
	if (enter_start(orders, &j->sock) < 0)
		return -1;
	j->by_sock = (struct watch){j, on_sock};
	if (watch_add(epoll, j->sock, EPOLLIN, &j->by_sock) == 0)
		return 0;
	err_sys("start: epoll");
	watch_close(epoll, &j->sock); /* a process that finds it closed ends itself */
	return -1;
}

static int start_job(struct client *who, const struct mon_request *r, struct job *j, int *fds)
{
	if (j != NULL)
		return 1;
	if (zone_ended())
		return err_set(ESRCH, "it does not run");
	if (njobs >= JOBS_MAX || fds[2] < 0)
		return err_set(ENOSPC, "there are %d jobs already", JOBS_MAX);
	j = job_make(r->job, fds);
	fds[0] = fds[1] = -1;
	if (start_prepare(j, fds[2]) < 0) {
		j->failed = true;
		answer_if_over(j);
		return -1;
	}
	answer_owe(&j->start, who, r->seq);
	return 0;
}

/* ---- its input ---- */

static void on_in(struct job *j, struct watch *w)
{
	(void)w;
	stdin_push(&j->in);
}

static int write_stdin(struct client *who, const struct mon_request *r, struct job *j, int *fds)
{
	(void)fds;
	if (j->state == MON_JOB_ENDED && !stdin_had(&j->in, r))
		return err_set(ESRCH, "it has ended");
	return stdin_add(&j->in, who, r);
}

static int end_stdin(struct client *who, const struct mon_request *r, struct job *j, int *fds)
{
	(void)who, (void)r, (void)fds;
	if (j->state == MON_JOB_ENDED)
		return 1;
	if (j->state != MON_JOB_RUNS)
		return err_set(ESRCH, "it does not run");
	stdin_end(&j->in);
	return 1;
}

/* ---- the rest ---- */

static void on_stream(struct job *j, struct watch *w)
{
	if (stream_pull(&j->streams[w - j->by_stream], j->state == MON_JOB_ENDED))
		note_change(j);
}

bool jobs_later(void)
{
	list_each(j, &jobs, struct job, link)
		if (j->streams[0].kept != NULL || j->streams[1].kept != NULL)
			return true;
	return false;
}

void jobs_retry(void)
{
	list_each(j, &jobs, struct job, link)
		for (int i = 0; i < JOB_STREAMS; i++)
			if (j->streams[i].kept != NULL &&
			    stream_pull(&j->streams[i], j->state == MON_JOB_ENDED))
				note_change(j);
}

static int tell_state(struct client *who, const struct mon_request *r, struct job *j, int *fds)
{
	(void)fds;
	note_change(j);
	if (j->state != MON_JOB_BEGINS)
		return 1;
	answer_give(&j->start, &ok);
	answer_owe(&j->start, who, r->seq);
	return 0;
}

static int send_signal(struct client *who, const struct mon_request *r, struct job *j, int *fds)
{
	(void)who, (void)fds;
	if (j->pidfd < 0 || j->pid == 0)
		return err_set(ESRCH, "it does not run");
	/* the process is not reaped yet, so the number is still its own */
	return kill(-j->pid, r->signal) < 0 ? err_sys("signal %d", r->signal) : 1;
}

static int set_size(struct client *who, const struct mon_request *r, struct job *j, int *fds)
{
	struct winsize w = {
	    .ws_row = (unsigned short)(r->value >> 16), .ws_col = (unsigned short)r->value};
	(void)who, (void)fds;
	if (j->in.fd < 0)
		return err_set(ESRCH, "it does not run");
	return ioctl(j->in.fd, TIOCSWINSZ, &w) < 0 ? err_sys("set the size") : 1;
}

static int note_read(struct client *who, const struct mon_request *r, struct job *j, int *fds)
{
	(void)who, (void)fds;
	if (r->value < JOB_STREAMS &&
	    stream_read_to(&j->streams[r->value], r->at, j->state == MON_JOB_ENDED))
		note_change(j);
	return 0;
}

static int forget_job(struct client *who, const struct mon_request *r, struct job *j, int *fds)
{
	(void)fds;
	answer_refuse(&j->forget, EIO, "another one forgets it");
	answer_owe(&j->forget, who, r->seq);
	if (j->pidfd >= 0) {
		kill(-j->pid, SIGKILL); /* before it has a group of its own there is none */
		syscall(SYS_pidfd_send_signal, j->pidfd, SIGKILL, NULL, 0);
	}
	answer_if_over(j);
	return 0;
}

static int job_request(struct client *who, const struct mon_request *r, int *fds)
{
	static int (*const ops[])(
	    struct client *, const struct mon_request *, struct job *, int *) = {
	    [MON_JOB_START] = start_job,
	    [MON_JOB_ASK] = tell_state,
	    [MON_JOB_INPUT] = write_stdin,
	    [MON_JOB_EOF] = end_stdin,
	    [MON_JOB_SIGNAL] = send_signal,
	    [MON_JOB_SIZE] = set_size,
	    [MON_JOB_READ] = note_read,
	    [MON_JOB_FORGET] = forget_job,
	};
	struct job *j = job_find(r->job);
	if (j == NULL && r->op == MON_JOB_READ)
		return 0;
	if (j == NULL && r->op != MON_JOB_START)
		return err_set(ESRCH, "there is no such job");
	return ops[r->op](who, r, j, fds);
}

const struct jobs_face jobs_face = {job_request, forget_client, next_news, not_told, news};
