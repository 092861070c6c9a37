#include "monitor/vm/relay.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "monitor/answer.h"
#include "base/json.h"

enum { WAITING_MAX = 64 };

struct relayed {
	struct list link; /* waiting */
	struct answer_due due;
	char *text; /* owned */
	size_t len;
	int fds[MON_JOB_FDS], nfds; /* owned until they are sent */
};

static struct list waiting = {&waiting, &waiting};
static unsigned nwaiting;
static struct relayed *now; /* owned: the one under way, or NULL */
static int into = -1; /* its answer so far */
static size_t got;
static int bad; /* an errno: the answer can't be kept */

static void relayed_free(struct relayed *q)
{
	if (q == NULL)
		return;
	while (q->nfds > 0)
		fd_close(&q->fds[--q->nfds]);
	free(q->text);
	free(q);
}

/* ---- the command ---- */

static int read_command(int fd, char *text, size_t len)
{
	ssize_t n = pread(fd, text, len, 0);
	return n == (ssize_t)len ? 0 : err_set(EINVAL, "the command can't be read");
}

/* QEMU judges what the command says. It has to be exactly one, or its answer would be taken for
 * another's. */
static int is_command(const char *text, size_t len)
{
	json_t *m = json_parse(text, len);
	const char *id = json_string_value(json_object_get(m, "id"));
	bool fine = json_is_string(json_object_get(m, "execute"));
	bool own = id != NULL && strncmp(id, RELAY_OWN, sizeof(RELAY_OWN) - 1) == 0;
	json_decref(m);
	if (!fine)
		return err_set(EINVAL, "this is no QMP command: give {\"execute\": \"NAME\"}");
	return own ? err_set(EINVAL, "ids beginning with " RELAY_OWN " are not for you") : 0;
}

/* The command, and behind it the end of its line. */
static int text_take(struct relayed *q, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > MON_QMP_MAX)
		return err_set(EMSGSIZE, "a QMP command has 1 to %d bytes", MON_QMP_MAX);
	q->len = (size_t)st.st_size;
	q->text = xcalloc(1, q->len + 2);
	if (read_command(fd, q->text, q->len) < 0 || is_command(q->text, q->len) < 0)
		return -1;
	memcpy(q->text + q->len, "\r\n", 2);
	q->len += 2;
	return 0;
}

int relay_request(struct client *c, const struct mon_request *r, int fds[MON_JOB_FDS])
{
	if (nwaiting >= WAITING_MAX)
		return err_set(ENOSPC, "QEMU has too many commands to answer");
	struct relayed *q = xcalloc(1, sizeof(*q));
	cleanup_fd int command = fd_move(&fds[0]);
	for (int i = 1; i < MON_JOB_FDS && fds[i] >= 0; i++)
		q->fds[q->nfds++] = fd_move(&fds[i]);
	if (text_take(q, command) < 0) {
		relayed_free(q);
		return -1;
	}
	answer_owe(&q->due, c, r->seq);
	list_add_tail(&waiting, &q->link);
	nwaiting++;
	return 0;
}

bool relay_next(const char **text, size_t *len, const int **fds, int *nfds)
{
	if (now != NULL || list_empty(&waiting))
		return false;
	now = container_of(waiting.next, struct relayed, link);
	list_del(&now->link);
	nwaiting--;
	*text = now->text;
	*len = now->len;
	*fds = now->fds;
	*nfds = now->nfds;
	return true;
}

void relay_sent(void)
{
	while (now != NULL && now->nfds > 0)
		fd_close(&now->fds[--now->nfds]);
}

bool relay_waits(void)
{
	return now != NULL;
}

/* ---- the answer ---- */

static void forget_answer(void)
{
	fd_close(&into);
	got = 0;
	bad = 0;
}

void relay_bytes(const char *bytes, size_t n)
{
	if (now == NULL || bad != 0)
		return;
	if (into < 0 && (into = memfd_create("answer", MFD_CLOEXEC)) < 0)
		bad = errno;
	else if (got + n > MON_REPLY_MAX)
		bad = EMSGSIZE;
	else if (fd_write_all(into, bytes, n) < 0)
		bad = err_code();
	got += n;
}

void relay_end(void)
{
	if (now == NULL)
		return;
	if (bad != 0 || into < 0)
		answer_refuse(&now->due, bad != 0 ? bad : EIO,
		    bad == EMSGSIZE ? "QEMU's answer is too long" : "QEMU's answer can't be kept");
	else
		answer_reply(&now->due, fd_move(&into));
	relayed_free(now);
	now = NULL;
	forget_answer();
}

void relay_spoil(void)
{
	bad = EBADMSG;
	relay_end();
}

static void command_refuse(struct relayed *q)
{
	answer_refuse(&q->due, ESRCH, "QEMU has ended");
	relayed_free(q);
}

void relay_stop(void)
{
	list_each(q, &waiting, struct relayed, link) {
		list_del(&q->link);
		command_refuse(q);
	}
	nwaiting = 0;
	if (now != NULL)
		command_refuse(now);
	now = NULL;
	forget_answer();
}

void relay_forget(const struct client *c)
{
	list_each(q, &waiting, struct relayed, link) {
		answer_drop(&q->due, c);
	}
	if (now != NULL)
		answer_drop(&now->due, c);
}
