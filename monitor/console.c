#include "monitor/console.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "base/err.h"
#include "base/fd.h"
#include "monitor/clients.h"
#include "monitor/journal.h"

enum { DRAIN_ROUNDS = 64 };

static int fd = -1, edge = -1;
static bool is_pty, more;
static char chunk[32 << 10];

static char typed[TYPE_ROOM]; /* bytes at, at + 1 ... at + left - 1 wait */
static size_t at, left;
static struct part {
	struct client *who; /* NULL: gone */
	uint32_t seq;
	size_t left;
} parts[TYPE_PARTS];
static unsigned nparts;

/* How far the latest writes were typed, by tag: a new daemon may send one of them again. */
static struct had {
	uint64_t tag, end;
} had[TYPE_PARTS];
static unsigned next_had;

/* A pty without users polls as hung up for ever, and nothing tells when it has one again. An edge
 * comes at the hangup and then with the first byte: so the descriptor waits in an epoll of its
 * own. */
int console_init(int console, bool pty)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	fd = console;
	is_pty = pty;
	edge = epoll_create1(EPOLL_CLOEXEC);
	if (edge < 0 || fd_nonblock(fd) < 0 || epoll_ctl(edge, EPOLL_CTL_ADD, fd, &e) < 0)
		return err_sys("console");
	more = true;
	return 0;
}

int console_fd(short *events)
{
	*events = POLLIN;
	return edge;
}

bool console_more(void)
{
	return more;
}

static void part_done(const struct err *e)
{
	struct part p = parts[0];
	nparts--;
	memmove(parts, parts + 1, nparts * sizeof(*parts));
	if (p.who != NULL)
		clients_done(p.who, p.seq, e);
}

static void refuse_all(int code, const char *why)
{
	struct err e;
	err_set(code, "%s", why);
	err_copy(&e);
	while (nparts > 0)
		part_done(&e);
	at = left = 0;
}

static void typed_note(size_t n)
{
	static const struct err ok;
	at += n;
	left -= n;
	while (nparts > 0 && n >= parts[0].left) {
		n -= parts[0].left;
		part_done(&ok);
	}
	if (nparts > 0)
		parts[0].left -= n;
}

static void typed_write(void)
{
	while (left > 0) {
		ssize_t n = write(fd, typed + at, left);
		if (n > 0)
			typed_note((size_t)n);
		else if (n == 0 || errno == EAGAIN)
			return;
		else if (errno != EINTR)
			refuse_all(EIO, "console: nothing in the zone has it open");
	}
}

static void console_shut(void)
{
	more = false;
	fd_close(&edge);
	fd_close(&fd);
}

/* One buffer at a time, so that a flood leaves room for the others. */
static void output_read(void)
{
	size_t n = 0;
	bool gone = false;
	more = true;
	while (n < sizeof(chunk) && more) {
		ssize_t k = read(fd, chunk + n, sizeof(chunk) - n);
		if (k > 0)
			n += (size_t)k;
		else if (k == 0 || errno != EINTR)
			more = false;
		gone = !is_pty && (k == 0 || (k < 0 && errno != EINTR && errno != EAGAIN));
	}
	journal_add(chunk, n);
	if (gone)
		console_shut();
}

void console_ready(short revents)
{
	struct epoll_event e;
	if (revents != 0)
		epoll_wait(edge, &e, 1, 0);
	output_read();
	if (fd >= 0)
		typed_write();
	else
		refuse_all(EIO, "console: the guest's serial line is closed");
}

static struct had *had_of(uint64_t tag)
{
	for (unsigned i = 0; i < TYPE_PARTS; i++)
		if (had[i].end != 0 && had[i].tag == tag)
			return &had[i];
	return NULL;
}

static void write_note(const struct mon_request *r)
{
	struct had *h = had_of(r->tag);
	if (h == NULL)
		h = &had[next_had++ % TYPE_PARTS];
	*h = (struct had){r->tag, r->at + r->len};
}

int console_type(struct client *who, const struct mon_request *r)
{
	size_t n = r->len;
	const struct had *before = r->value != 0 ? had_of(r->tag) : NULL;
	if (before != NULL && r->at < before->end)
		return 1;
	if (fd < 0)
		return err_set(ESRCH, "console: it does not run");
	if (n > TYPE_ROOM - left || nparts == TYPE_PARTS)
		return err_set(ENOSPC,
		    "console: the zone does not read, and %zu bytes wait for it already", left);
	if (n > TYPE_ROOM - left - at) {
		memmove(typed, typed + at, left);
		at = 0;
	}
	if (left == 0)
		at = 0;
	memcpy(typed + at + left, r->bytes, n);
	write_note(r);
	left += n;
	parts[nparts++] = (struct part){who, r->seq, n};
	if (n == 0)
		typed_note(0);
	typed_write();
	return 0;
}

int console_size(unsigned short rows, unsigned short cols)
{
	struct winsize w = {.ws_row = rows, .ws_col = cols};
	if (!is_pty)
		return err_set(EOPNOTSUPP, "a VM's console is a serial line: set its size inside, "
					   "by stty rows and cols");
	if (fd < 0)
		return err_set(ESRCH, "it does not run");
	return ioctl(fd, TIOCSWINSZ, &w) < 0 ? err_sys("set the size") : 0;
}

void console_forget(const struct client *who)
{
	for (unsigned i = 0; i < nparts; i++)
		if (parts[i].who == who)
			parts[i].who = NULL;
}

void console_end(void)
{
	for (int i = 0; i < DRAIN_ROUNDS && fd >= 0; i++) {
		output_read();
		if (!more)
			break;
	}
	console_shut();
	refuse_all(ESRCH, "console: it does not run");
}
