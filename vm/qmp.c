/* The file qmp: a command of QEMU's machine protocol is written, and its answer read from the same
 * open file. What QEMU answers is given word for word, errors as well. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "fs/error.h"
#include "fs/stream.h"
#include "vm/qmp.h"
#include "vm/vm.h"
#include "zone/link.h"
#include "zone/parts.h"

/* A reader's position: the number of its answer, then the byte in it. */
enum { ANSWERS_MAX = 16, PLACE_BITS = 25, NUMBERS = 1 << 14 };
_Static_assert(MON_REPLY_MAX < 1 << PLACE_BITS, "a place in an answer");

struct qmp_answer {
	struct list link; /* vm::answers, the latest last */
	uint64_t fh; /* the open file that it is for */
	uint64_t number; /* 1..NUMBERS */
	char *text; /* owned */
	size_t len;
};

struct asking {
	struct vm *vm; /* borrowed: link.c ends all requests before it is freed */
	struct req *req; /* NULL: interrupted */
	uint64_t fh;
	size_t size;
};

static void answer_free(struct qmp_answer *a)
{
	list_del(&a->link);
	free(a->text);
	free(a);
}

static struct qmp_answer *answer_find(struct vm *vm, uint64_t fh)
{
	list_each(a, &vm->answers, struct qmp_answer, link) {
		if (a->fh == fh)
			return a;
	}
	return NULL;
}

/* An open file whose release was lost with a daemon keeps its answer until others need the room. */
static void answer_keep(struct vm *vm, uint64_t fh, struct buf *text)
{
	struct qmp_answer *a = answer_find(vm, fh);
	if (a != NULL)
		answer_free(a);
	a = xcalloc(1, sizeof(*a));
	a->fh = fh;
	a->number = 1 + vm->nanswers++ % NUMBERS;
	a->text = buf_take(text, &a->len);
	list_add_tail(&vm->answers, &a->link);
	unsigned n = 0;
	list_each(other, &vm->answers, struct qmp_answer, link)
		n++;
	if (n > ANSWERS_MAX)
		answer_free(container_of(vm->answers.next, struct qmp_answer, link));
}

/* The monitor may be taken over by its zone. Only a memory file has seals (fcntl(2)), and reading
 * one never blocks. */
int qmp_answer_read(int fd, size_t most, struct buf *text)
{
	struct stat st;
	if (fd < 0 || fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size < 0 || (size_t)st.st_size > most)
		return err_set(EIO, "its monitor gives no answer of QEMU's: halt it");
	char *bytes = xcalloc(1, (size_t)st.st_size + 1);
	ssize_t n = pread(fd, bytes, (size_t)st.st_size, 0);
	buf_add(text, bytes, n > 0 ? (size_t)n : 0);
	free(bytes);
	return 0;
}

static void command_refuse(struct asking *q)
{
	if (q->req != NULL)
		error_refuse(q->req, &q->vm->z.l.obj, "qmp");
}

static void on_answer(void *arg, int fd, const struct err *e)
{
	struct asking *q = arg;
	struct buf text = {0};
	cleanup_fd int answer = fd;
	if (e->code != 0) {
		err_restore(e);
		command_refuse(q);
	} else if (qmp_answer_read(answer, MON_REPLY_MAX, &text) < 0) {
		command_refuse(q);
	} else {
		answer_keep(q->vm, q->fh, &text);
		if (q->req != NULL)
			req_wrote(q->req, q->size);
	}
	buf_finish(&text);
	free(q);
}

/* Is the message blank, or a comment? */
static bool is_empty(const char *bytes, size_t n)
{
	size_t i = 0;
	while (i < n && strchr(" \t\r\n", bytes[i]) != NULL && bytes[i] != '\0')
		i++;
	return i == n || (bytes[i] == '#' && memchr(bytes + i, '\n', n - i) == NULL);
}

/* Commands that would take QEMU, or what warren has given it, out of warren's hands. */
static const struct {
	const char *name, *instead;
} kept[] = {
    {"quit", "write halt to ctl"},
    {"human-monitor-command", "see query-commands for what is no line of the human monitor's"},
    {"migrate", "halt it, and boot it where it shall be"},
    {"migrate-incoming", "boot it here"},
    {"migrate-recover", "boot it here"},
    {"device_del", "write none to the file of the device"},
    {"netdev_del", "write to the file of the NIC"},
    {"blockdev-del", "write none to the file of the disk"},
    {"blockdev-reopen", "write to the file of the disk"},
    {"blockdev-change-medium", "write to cdrom"},
    {"blockdev-insert-medium", "write to cdrom"},
    {"blockdev-remove-medium", "write none to cdrom"},
    {"block_resize", "write size= to the file of the disk"},
    {"eject", "write none to cdrom"},
    {"object-del", "write to the file that asked for it"},
    {"chardev-change", "the console and QMP stay where they are"},
    {"chardev-remove", "the console and QMP stay where they are"},
    {"remove-fd", "write none to the file of the disk"},
    {"display-update", "write to display"},
    {"set-action", "write to watchdog or restart"},
    {"watchdog-set-action", "write to watchdog"},
};

/* What is no JSON the monitor refuses, which reads it with the same library. */
static int check_command(const char *bytes, size_t n)
{
	json_t *m = json_parse(bytes, n);
	const char *name = json_word(m, "execute"), *oob = json_word(m, "exec-oob");
	int r = 0;
	for (size_t i = 0; r == 0 && i < NELEM(kept); i++)
		if (strcmp(name, kept[i].name) == 0 || strcmp(oob, kept[i].name) == 0)
			r = err_set(EPERM, "%s is not for you, as warren looks after it: %s",
			    kept[i].name, kept[i].instead);
	json_decref(m);
	return r;
}

int qmp_write(struct obj *o, struct req *r, const char *bytes, size_t n)
{
	struct vm *vm = vm_of(zone_of(o));
	if (is_empty(bytes, n)) {
		req_wrote(r, n);
		return 0;
	}
	if (n > MESSAGE_MAX)
		return err_set(EMSGSIZE, "%zu bytes are too long: give a command of at most %d", n,
		    MESSAGE_MAX);
	if (vm->z.link == NULL)
		return err_set(ESRCH, "it does not run: boot it first");
	if (check_command(bytes, n) < 0)
		return -1;
	if (r->again)
		return err_set(EIO,
		    "the daemon was started anew while QEMU was asked: look whether it "
		    "was done, and ask again");
	struct asking *q = xcalloc(1, sizeof(*q));
	*q = (struct asking){.vm = vm, .fh = r->fh, .size = n};
	if (link_qmp(&vm->z, bytes, n, NULL, 0, on_answer, q) < 0) {
		free(q);
		return -1;
	}
	req_hold(r, &q->req);
	return 0;
}

enum stream qmp_read(struct obj *o, struct reader *r, struct buf *b, size_t max)
{
	struct qmp_answer *a = answer_find(vm_of(zone_of(o)), r->fh);
	if (a == NULL)
		return STREAM_ENDED;
	uint64_t begin = a->number << PLACE_BITS;
	if (r->pos < begin || r->pos > begin + a->len)
		r->pos = begin;
	size_t at = (size_t)(r->pos - begin), len = a->len - at < max ? a->len - at : max;
	if (len == 0)
		return STREAM_ENDED;
	buf_add(b, a->text + at, len);
	r->pos += len;
	return STREAM_GAVE;
}

static void init(struct zone *z)
{
	list_init(&vm_of(z)->answers);
}

static void destroy(struct zone *z)
{
	list_each(a, &vm_of(z)->answers, struct qmp_answer, link)
		answer_free(a);
}

const struct zone_part qmp_part = {.init = init, .destroy = destroy};
