#include "monitor/exec/stdin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/fd.h"
#include "base/mem.h"

enum { INPUT_MAX = 64 << 10, CTRL_D = 4 };

#define NOBODY "its input is closed: nobody in the zone reads it"

static const struct err ok;

static void epoll_set(struct job_stdin *in, bool on)
{
	struct epoll_event e = {.events = EPOLLOUT, .data.ptr = in->as};
	if (in->fd < 0 || in->watched == on)
		return;
	if (epoll_ctl(in->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, in->fd, &e) == 0)
		in->watched = on;
}

static void clear(struct job_stdin *in)
{
	free(in->bytes);
	in->bytes = NULL;
	in->len = in->at = 0;
}

static void fd_shut(struct job_stdin *in)
{
	epoll_set(in, false);
	fd_close(&in->fd);
	in->watched = false;
	clear(in);
}

int stdin_begin(struct job_stdin *in, int fd, bool terminal)
{
	in->fd = fd;
	in->terminal = terminal;
	return fd_nonblock(fd) < 0 ? err_sys("start: its input") : 0;
}

void stdin_close(struct job_stdin *in, int code, const char *why)
{
	fd_shut(in);
	answer_refuse(&in->due, code, why);
}

static void all_taken(struct job_stdin *in)
{
	epoll_set(in, false);
	clear(in);
	if (in->eof)
		fd_shut(in);
	answer_give(&in->due, &ok);
}

void stdin_push(struct job_stdin *in)
{
	while (in->fd >= 0 && in->at < in->len) {
		ssize_t n = write(in->fd, in->bytes + in->at, in->len - in->at);
		if (n >= 0) {
			in->at += (size_t)n;
		} else if (errno == EAGAIN) {
			epoll_set(in, true);
			return;
		} else if (errno != EINTR) {
			stdin_close(in, EIO, NOBODY);
			return;
		}
	}
	all_taken(in);
}

static void bytes_add(struct job_stdin *in, const char *bytes, size_t n)
{
	in->bytes = xrealloc(in->bytes, in->len + n + 1);
	memcpy(in->bytes + in->len, bytes, n);
	in->len += n;
}

bool stdin_had(const struct job_stdin *in, const struct mon_request *r)
{
	return r->value != 0 && r->tag == in->tag && r->at < in->tag_at;
}

int stdin_add(struct job_stdin *in, struct client *who, const struct mon_request *r)
{
	bool again = stdin_had(in, r);
	if (again && in->len == 0)
		return 1;
	if (in->fd < 0 || in->eof)
		return err_set(EIO, in->eof ? "its input was ended by eof" : NOBODY);
	if (!again && in->len + r->len > INPUT_MAX)
		return err_set(ENOSPC, "it does not read, and %zu bytes wait for it already",
		    in->len - in->at);
	if (!again) {
		bytes_add(in, r->bytes, r->len);
		in->tag = r->tag;
		in->tag_at = r->at + r->len;
	}
	answer_refuse(&in->due, EIO, "another write came in its place");
	answer_owe(&in->due, who, r->seq);
	stdin_push(in);
	return 0;
}

/* A terminal's end of file is a character. */
void stdin_end(struct job_stdin *in)
{
	static const char end = CTRL_D;
	if (in->fd < 0 || in->eof)
		return;
	in->eof = !in->terminal;
	if (in->terminal && in->len < INPUT_MAX)
		bytes_add(in, &end, 1);
	stdin_push(in);
}
