#include "monitor/vm/agent.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"
#include "monitor/clients.h"
#include "monitor/zone.h"

/* A guest under TCG that is busy may need some seconds for anything. A byte 0xFF, which JSON never
 * has, drops what the agent has of a half command; it puts one before its answer to the
 * guest-sync-delimited that follows (QEMU's docs/interop/qemu-ga-ref). */
enum { SYNC_SECONDS = 10, PAUSE_MAX = 60, DELIMITER = 0xff };
enum {
	CHUNK = 64 << 10,
	SYNC_LINE = 256,
	VERSION_LEN = 31,
	WAITING_MAX = 4096,
	VALUES_MAX = 16384
};

struct question {
	struct list link; /* waiting */
	char *text; /* owned; a line */
	unsigned seconds;
	agent_done *done;
	void *arg;
};

static int fd = -1, timer = -1;
static bool port_open; /* in the guest */
static char version[VERSION_LEN + 1];
static bool told;
static unsigned number;
static struct list waiting = {&waiting, &waiting};
static unsigned nwaiting;

static enum state { IDLE, SYNCING, LOOKING, ASKING, RESTING } state;
static bool synced;
static unsigned pause_seconds; /* before it is tried again; 0: it was not tried in vain */
static unsigned sync_id;
static struct question *now; /* owned: the one under way, or NULL */
static char *out; /* owned: what is being sent; NULL: nothing */
static size_t out_len, out_at;
static char *in; /* owned: the answer so far; NULL: nothing */
static size_t in_len, in_room, in_all; /* in_all: bytes read since the question */

static void go_on(void);

int agent_init(int port)
{
	if ((fd = port) < 0)
		return 0;
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return timer < 0 || fd_nonblock(fd) < 0 ? err_sys("the guest agent's port") : 0;
}

static bool is_answer_due(void)
{
	return state == SYNCING || state == LOOKING || state == ASKING;
}

/* A hangup is told, whatever is waited for. */
int agent_fd(short *events)
{
	*events = !is_answer_due() ? 0 : out != NULL ? POLLIN | POLLOUT : POLLIN;
	return fd;
}

int agent_timer_fd(short *events)
{
	*events = POLLIN;
	return timer;
}

const char *agent_version(void)
{
	return version;
}

bool agent_was_told(void)
{
	return told;
}

unsigned agent_number(void)
{
	return number;
}

static void timer_set(unsigned seconds)
{
	struct itimerspec t = {.it_value.tv_sec = (time_t)seconds};
	timerfd_settime(timer, 0, &t, NULL);
}

static void version_set(const char *to)
{
	if (strcmp(version, to) == 0)
		return;
	snprintf(version, sizeof(version), "%s", to);
	told = true;
	clients_agent();
}

/* ---- how a question ends ---- */

static void in_drop(void)
{
	bool large = in_room > CHUNK;
	free(in);
	in = NULL;
	in_len = in_room = in_all = 0;
	if (large)
		malloc_trim(0);
}

static void out_drop(void)
{
	free(out);
	out = NULL;
}

/* Take q, and answer it. */
static void question_end(struct question *q, const json_t *returned, const struct err *why)
{
	agent_done *done = q->done;
	void *arg = q->arg;
	free(q->text);
	free(q);
	done(arg, returned, why);
}

static void question_refuse(struct question *q, int code, const char *why)
{
	struct err e;
	err_set(code, "%s", why);
	err_copy(&e);
	question_end(q, NULL, &e);
}

/* Whoever is told may ask again, and is refused at once, as there is no version. */
static void all_refuse(const char *why)
{
	version_set("");
	list_each(q, &waiting, struct question, link) {
		list_del(&q->link);
		nwaiting--;
		question_refuse(q, EOPNOTSUPP, why);
	}
}

static void now_refuse(int code, const char *why)
{
	struct question *q = now;
	now = NULL;
	if (q != NULL)
		question_refuse(q, code, why);
}

static void to_idle(void)
{
	state = IDLE;
	timer_set(0);
	out_drop();
	in_drop();
}

#define GONE "the guest agent is gone"

/* It does not answer as an agent does: try again later, and less and less often. */
static void rest(void)
{
	to_idle();
	synced = false;
	state = RESTING;
	pause_seconds = pause_seconds == 0 ? 1 : pause_seconds * 2;
	pause_seconds = pause_seconds > PAUSE_MAX ? PAUSE_MAX : pause_seconds;
	timer_set(pause_seconds);
	all_refuse(GONE);
}

/* The answer under way won't come, or is none. It costs that question alone if the agent can begin
 * anew. */
static void give_up(int code, const char *why)
{
	bool asked = state == ASKING;
	if (!asked) {
		rest();
		return;
	}
	to_idle();
	synced = false;
	now_refuse(code, why);
	go_on();
}

/* ---- what it is asked ---- */

static void send_some(void)
{
	while (out != NULL) {
		ssize_t n = send(fd, out + out_at, out_len - out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* full; or QEMU has ended, which is told by a hangup */
		out_at += (size_t)n;
		if (out_at == out_len)
			out_drop();
	}
}

/* text is taken over. */
static void send_text(enum state next, char *text, size_t n, unsigned seconds)
{
	in_drop();
	out_drop();
	state = next;
	out = text;
	out_len = n;
	out_at = 0;
	timer_set(seconds);
	send_some();
}

static void sync_send(void)
{
	char text[128];
	sync_id++;
	int n = snprintf(text, sizeof(text),
	    "%c{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%u}}\n", DELIMITER,
	    sync_id);
	send_text(SYNCING, xstrdup(text), (size_t)n, SYNC_SECONDS);
}

static void look_send(void)
{
	static const char text[] = "{\"execute\":\"guest-info\"}\n";
	send_text(LOOKING, xstrdup(text), sizeof(text) - 1, SYNC_SECONDS);
}

static void question_send(void)
{
	now = container_of(waiting.next, struct question, link);
	list_del(&now->link);
	nwaiting--;
	char *text = now->text;
	now->text = NULL;
	send_text(ASKING, text, strlen(text), now->seconds);
}

/* The next thing to be asked, if nothing is under way. */
static void go_on(void)
{
	if (state != IDLE || !port_open || fd < 0)
		return;
	if (!synced)
		sync_send();
	else if (version[0] == '\0')
		look_send();
	else if (!list_empty(&waiting))
		question_send();
}

int agent_ask(json_t *command, unsigned seconds, agent_done *done, void *arg)
{
	char *text = json_dumps(command, JSON_COMPACT);
	json_decref(command);
	if (version[0] == '\0' || nwaiting >= WAITING_MAX || text == NULL) {
		free(text);
		return version[0] == '\0' ? err_set(EOPNOTSUPP, GONE)
					  : err_set(ENOSPC, "the guest agent has too much to do");
	}
	struct question *q = xcalloc(1, sizeof(*q));
	size_t n = strlen(text);
	q->text = xrealloc(text, n + 2);
	memcpy(q->text + n, "\n", 2);
	q->seconds = seconds;
	q->done = done;
	q->arg = arg;
	list_add_tail(&waiting, &q->link);
	nwaiting++;
	go_on();
	return 0;
}

/* ---- what it answers ---- */

/* Words of the guest's, for a sentence. */
static void explain(const json_t *error, struct err *e)
{
	char q[160];
	err_set(
	    EIO, "the guest agent refuses: %s", word_quote(json_word(error, "desc"), q, sizeof(q)));
	err_copy(e);
}

static bool is_version(const char *s)
{
	size_t n = strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-_~");
	return n > 0 && n <= VERSION_LEN && s[n] == '\0';
}

static void looked(const json_t *returned)
{
	const char *v = json_word(returned, "version");
	to_idle();
	pause_seconds = 0;
	version_set(is_version(v) ? v : "unknown");
}

static void asked(const json_t *message, const json_t *returned)
{
	struct err e = {0};
	struct question *q = now;
	now = NULL;
	to_idle();
	if (returned == NULL)
		explain(json_object_get(message, "error"), &e);
	question_end(q, returned, &e);
}

/* A line without the sync's number is of before it. */
static void take_message(const json_t *message)
{
	const json_t *returned = json_object_get(message, "return");
	if (state == SYNCING) {
		if (!json_is_number(returned) || json_number_value(returned) != sync_id)
			return;
		to_idle();
		synced = true;
	} else if (returned == NULL && !json_is_object(json_object_get(message, "error"))) {
		return;
	} else if (state == LOOKING) {
		looked(returned);
	} else {
		asked(message, returned);
	}
	go_on();
}

/* A sync's answer begins behind the last delimiter, and is short. */
static void sync_trim(void)
{
	char *mark = memrchr(in, DELIMITER, in_len);
	size_t from = mark != NULL ? (size_t)(mark - in) + 1 : 0;
	in_len -= from;
	memmove(in, in + from, in_len);
	if (in_len > SYNC_LINE)
		in_len = 0;
}

/* Values that lie beside each other cost memory for each of their bytes; no answer has many. */
static bool is_crowded(const char *text, size_t n)
{
	size_t values = 0;
	bool quoted = false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (quoted)
			i += text[i] == '\\';
		else
			values += text[i] == ',';
	}
	return values > VALUES_MAX;
}

static void take_line(const char *text, size_t n)
{
	json_t *m = is_crowded(text, n) ? NULL : json_parse(text, n);
	if (json_is_object(m))
		take_message(m);
	else if (state == ASKING)
		give_up(EIO, "what the guest agent says is not JSON");
	json_decref(m);
}

/* searched: so many bytes have no end of a line in them. One answer is due, so that what is behind
 * the first that fits is dropped. */
static void take_lines(size_t searched)
{
	size_t from = 0;
	char *end;
	while (in != NULL && (end = memchr(in + searched, '\n', in_len - searched)) != NULL) {
		size_t begin = from, n = (size_t)(end - in) - from;
		from = searched = begin + n + 1;
		take_line(in + begin, n);
	}
	if (in == NULL)
		return;
	in_len -= from;
	memmove(in, in + from, in_len);
}

static void in_grow(void)
{
	if (in_room - in_len >= CHUNK)
		return;
	in_room = in_room == 0 ? CHUNK : in_room * 2;
	in = xrealloc(in, in_room);
}

static void hung_up(void)
{
	fd_close(&fd);
	port_open = synced = false;
	to_idle();
	now_refuse(EOPNOTSUPP, GONE);
	all_refuse(GONE);
}

void agent_ready(short revents)
{
	if ((revents & POLLOUT) != 0)
		send_some();
	if (!is_answer_due() && (revents & (POLLHUP | POLLERR)) != 0)
		hung_up();
	if (!is_answer_due() || (revents & ~POLLOUT) == 0)
		return;
	in_grow();
	ssize_t n = read(fd, in + in_len, in_room - in_len);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		hung_up();
	if (n <= 0)
		return;
	size_t searched = in_len;
	in_len += (size_t)n;
	in_all += (size_t)n;
	if (state == SYNCING) {
		sync_trim();
		searched = 0;
	}
	take_lines(searched);
	if (is_answer_due() && in_all > AGENT_ANSWER)
		give_up(EMSGSIZE, "what the guest agent answers is too long");
}

/* A guest that stands still can't answer. */
void agent_timer_ready(short revents)
{
	uint64_t ticks;
	(void)revents;
	if (read(timer, &ticks, sizeof(ticks)) != (ssize_t)sizeof(ticks))
		return;
	if (state == RESTING) {
		to_idle();
		go_on();
	} else if (zone_stands_still()) {
		timer_set(SYNC_SECONDS);
	} else {
		give_up(EIO, "the guest agent did not answer in time");
	}
}

void agent_opened(bool open)
{
	if (open == port_open)
		return;
	port_open = open;
	number += open;
	pause_seconds = 0;
	synced = false;
	to_idle();
	now_refuse(EOPNOTSUPP, GONE);
	all_refuse(GONE);
	go_on();
}

void agent_end(void)
{
	hung_up();
	fd_close(&timer);
}
