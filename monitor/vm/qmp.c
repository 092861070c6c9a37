#include "monitor/vm/qmp.h"

#include <jansson.h>
#include <malloc.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/word.h"
#include "monitor/journal.h"
#include "monitor/vm/guest.h"
#include "base/json.h"
#include "monitor/vm/relay.h"
#include "monitor/zone.h"

enum { LONG = 4096, DRAIN_ROUNDS = 64 };

static int fd = -1;
static int vnc = -1; /* where its display is to listen, until it has been handed over */
static bool talking; /* it has taken qmp_capabilities */
static char line[QMP_LINE];
static size_t len;

/* Our own commands: a bit in `wanted` for each, sent in this order, told apart by their id. */
enum command { CAPABILITIES, STATUS, STOP, CONT, WAKEUP, POWERDOWN, TAKE_VNC, SERVE_VNC };
static unsigned wanted;
static const char *out; /* what is being sent, and how much of it is left */
static size_t left;
static const int *out_fds; /* that go with its first byte */
static int nout_fds;
static bool relaying; /* it is relay.c's */

static void capabilities_taken(const json_t *result);

#define COMMAND_WITH(name, arguments, id)                                                          \
	"{\"execute\":\"" name "\",\"arguments\":" arguments ",\"id\":\"" RELAY_OWN id "\"}\r\n"
#define COMMAND(name, id) "{\"execute\":\"" name "\",\"id\":\"" RELAY_OWN id "\"}\r\n"
static const struct {
	const char *id, *text;
	void (*answered)(const json_t *result); /* or NULL */
} commands[] = {
    [CAPABILITIES] = {"capabilities", COMMAND("qmp_capabilities", "capabilities"),
	capabilities_taken},
    [STATUS] = {"status", COMMAND("query-status", "status"), guest_status},
    [STOP] = {"stop", COMMAND("stop", "stop"), NULL},
    [CONT] = {"cont", COMMAND("cont", "cont"), NULL},
    [WAKEUP] = {"wakeup", COMMAND("system_wakeup", "wakeup"), NULL},
    [POWERDOWN] = {"powerdown", COMMAND("system_powerdown", "powerdown"), NULL},
    [TAKE_VNC] = {"getfd", COMMAND_WITH("getfd", "{\"fdname\":\"vnc\"}", "getfd"), NULL},
    [SERVE_VNC] = {"vnc",
	COMMAND_WITH("display-update",
	    "{\"type\":\"vnc\",\"addresses\":[{\"type\":\"fd\",\"str\":\"vnc\"}]}", "vnc"),
	NULL},
};

int qmp_init(int socket, int display)
{
	json_init();
	fd = socket;
	vnc = display;
	return fd_nonblock(fd) < 0 ? err_sys("QMP") : 0;
}

int qmp_fd(short *events)
{
	*events = left > 0 ? POLLIN | POLLOUT : POLLIN;
	return fd;
}

static void close_line(void)
{
	fd_close(&fd);
	len = left = 0;
	nout_fds = 0;
	fd_close(&vnc);
	relay_stop();
}

/* Our own first. */
static bool next_command(void)
{
	for (size_t i = 0; i < NELEM(commands) && (talking || i == CAPABILITIES); i++) {
		if ((wanted & 1U << i) == 0)
			continue;
		wanted &= ~(1U << i);
		out = commands[i].text;
		left = strlen(out);
		out_fds = &vnc;
		nout_fds = i == TAKE_VNC;
		return true;
	}
	relaying = talking && relay_next(&out, &left, &out_fds, &nout_fds);
	return relaying;
}

static ssize_t send_some(void)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(MON_JOB_FDS * sizeof(int))];
	} c;
	struct iovec iov = {(void *)(uintptr_t)out, left};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	if (nout_fds > 0) {
		size_t n = (size_t)nout_fds * sizeof(int);
		m.msg_control = &c;
		m.msg_controllen = CMSG_SPACE(n);
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);
		*h = (struct cmsghdr){CMSG_LEN(n), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(h), out_fds, n);
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void commands_send(void)
{
	while (fd >= 0 && (left > 0 || next_command())) {
		ssize_t n = send_some();
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			close_line();
			zone_qmp_closed();
			return;
		}
		if (relaying)
			relay_sent();
		else if (nout_fds > 0)
			fd_close(&vnc);
		nout_fds = 0;
		relaying = false;
		out += n;
		left -= (size_t)n;
	}
}

static void command_want(enum command c)
{
	wanted |= 1U << c;
}

int qmp_relay(struct client *c, const struct mon_request *r, int fds[MON_JOB_FDS])
{
	if (fd < 0)
		return err_set(ESRCH, "QEMU is not listening any more");
	if (relay_request(c, r, fds) < 0)
		return -1;
	commands_send();
	return 0;
}

void qmp_powerdown(void)
{
	command_want(POWERDOWN);
	commands_send();
}

/* The latest of stop and cont wins: an unsent older one is dropped. */
void qmp_pause(bool on)
{
	wanted &= ~(1U << STOP | 1U << CONT | 1U << WAKEUP);
	command_want(on ? STOP : guest_sleeps() ? WAKEUP : CONT);
	commands_send();
}

static void capabilities_taken(const json_t *result)
{
	(void)result;
	talking = true;
	zone_up();
	command_want(STATUS);
	if (vnc >= 0) {
		command_want(TAKE_VNC);
		command_want(SERVE_VNC);
	}
}

static void on_event(const json_t *message)
{
	if (guest_event(message))
		command_want(STATUS);
}

/* Handle an answer to a command of our own. False: it is none. */
static bool on_answer(const json_t *message, const char *id)
{
	const json_t *result = json_object_get(message, "return");
	if (strncmp(id, RELAY_OWN, sizeof(RELAY_OWN) - 1) != 0)
		return false;
	id += sizeof(RELAY_OWN) - 1;
	for (size_t i = 0; i < NELEM(commands); i++) {
		if (strcmp(id, commands[i].id) != 0)
			continue;
		if (result == NULL)
			journal_remark("QEMU refuses: %s", id);
		else if (commands[i].answered != NULL)
			commands[i].answered(result);
	}
	return true;
}

static void relay_line(const char *text, size_t n)
{
	relay_bytes(text, n);
	relay_bytes("\n", 1);
	relay_end();
}

/* A line that makes no sense is dropped, and so is the answer that it may be. */
static void line_refuse(void)
{
	journal_remark("QEMU says something that is not JSON: left out");
	relay_spoil();
}

static void take_line(const char *text, size_t n)
{
	json_t *m = json_parse(text, n);
	size_t ended = n > 0 && text[n - 1] == '\r' ? n - 1 : n; /* QEMU ends lines with \r\n */
	if (!json_is_object(m))
		line_refuse();
	else if (json_object_get(m, "event") != NULL)
		on_event(m);
	else if (json_object_get(m, "QMP") != NULL && !talking)
		command_want(CAPABILITIES);
	else if (!on_answer(m, json_word(m, "id")))
		relay_line(text, ended);
	json_decref(m);
	if (n > LONG)
		malloc_trim(0);
}

static bool in_long; /* a line with no end yet in 64 KiB */

/* Events and answers to our own commands are short: it is the answer to the command under way. */
static void take_long(void)
{
	if (!in_long && !relay_waits())
		journal_remark("QEMU says a line that is too long: left out");
	in_long = true;
	relay_bytes(line, len);
	len = 0;
}

static size_t long_rest(const char *end)
{
	size_t n = (size_t)(end - line);
	relay_bytes(line, n > 0 && line[n - 1] == '\r' ? n - 1 : n);
	relay_bytes("\n", 1);
	relay_end();
	in_long = false;
	return n + 1;
}

static void take_lines(void)
{
	size_t from = 0;
	char *end;
	while (fd >= 0 && (end = memchr(line + from, '\n', len - from)) != NULL) {
		size_t n = (size_t)(end - (line + from));
		if (in_long) {
			from = long_rest(end);
			continue;
		}
		if (n > 1)
			take_line(line + from, n);
		from += n + 1;
	}
	if (fd < 0)
		return;
	len -= from;
	memmove(line, line + from, len);
	if (in_long || len == sizeof(line))
		take_long();
}

void qmp_ready(short revents)
{
	if ((revents & ~POLLOUT) != 0) {
		ssize_t n = read(fd, line + len, sizeof(line) - len);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			close_line();
			zone_qmp_closed();
			return;
		}
		len += n > 0 ? (size_t)n : 0;
		take_lines();
	}
	commands_send();
}

static bool is_readable(void)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return fd >= 0 && poll(&p, 1, 0) > 0;
}

void qmp_end(void)
{
	for (int i = 0; i < DRAIN_ROUNDS && is_readable(); i++)
		qmp_ready(POLLIN);
	close_line();
}
