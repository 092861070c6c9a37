#include "monitor/vm/messages.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"
#include "monitor/journal.h"
#include "protocol/monitor.h"

enum { DRAIN_ROUNDS = 64 };

static int fd = -1;
static char line[MON_REASON], last[MON_REASON];
static size_t len;

int messages_init(int from)
{
	fd = from;
	return fd_nonblock(fd) < 0 ? err_sys("QEMU's messages") : 0;
}

int messages_fd(short *events)
{
	*events = POLLIN;
	return fd;
}

const char *messages_last(void)
{
	return last;
}

/* QEMU begins an error with its name; hints may follow. */
static bool is_error(const char *text)
{
	return strncmp(text, "qemu", 4) == 0 && strstr(text, ": warning: ") == NULL;
}

static void end_line(void)
{
	line[len] = '\0';
	if (len > 0 && (is_error(line) || !is_error(last)))
		word_quote(line, last, sizeof(last));
	len = 0;
}

static void keep_bytes(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			end_line();
		else if (p[i] != '\r' && p[i] != '\0' && len < sizeof(line) - 1)
			line[len++] = p[i];
	}
}

static bool read_some(void)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return errno == EINTR;
	if (n <= 0) {
		fd_close(&fd);
		return false;
	}
	journal_add(chunk, (size_t)n);
	keep_bytes(chunk, (size_t)n);
	return true;
}

void messages_ready(short revents)
{
	(void)revents;
	read_some();
}

void messages_end(void)
{
	for (int i = 0; i < DRAIN_ROUNDS && fd >= 0 && read_some(); i++)
		;
	end_line();
	fd_close(&fd);
}
