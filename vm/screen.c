/* QEMU writes its pictures to a memory file, which is charged to the VM. It keeps that for as long
 * as it runs: QEMU 7.2 closes no descriptor of a set while its guest is paused. */
#include "vm/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/text.h"
#include "vm/display.h"
#include "vm/qmp.h"
#include "zone/link.h"
#include "zone/parts.h"

/* A user may hold 16 MiB of texts (fs/hold.c), and a picture is read in pieces. QEMU's answer is
 * short. */
enum { SCREEN_MAX = 12 << 20, ANSWER_MAX = 64 << 10 };

/* What QEMU is asked, one after the other. An earlier daemon's file goes first. */
enum question { FORGET, TAKE, DUMP };
#define SET "1000" /* those of disks are below (disks.c) */
static const char *const questions[] = {
    [FORGET] = "{\"execute\":\"remove-fd\",\"arguments\":{\"fdset-id\":" SET "}}",
    [TAKE] = "{\"execute\":\"add-fd\",\"arguments\":{\"fdset-id\":" SET "}}",
    [DUMP] = "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"/dev/fdset/" SET
	     "\",\"format\":\"png\"}}",
};

struct asking {
	struct vm *vm; /* borrowed: link.c ends all requests before it is freed */
	const struct row *row;
	enum question question; /* the one that is asked */
};

/* ---- the picture ---- */

/* Signature, first chunk and last chunk: the PNG specification, 5.2, 11.2.2 and 11.2.5. */
int screen_check(const char *png, size_t n)
{
	static const char head[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
			  tail[] = "\0\0\0\0IEND\xae\x42\x60\x82";
	enum { HEAD = sizeof(head) - 1, TAIL = sizeof(tail) - 1 };
	if (n < HEAD + 17 + TAIL || memcmp(png, head, HEAD) != 0 ||
	    memcmp(png + n - TAIL, tail, TAIL) != 0)
		return err_set(EIO, "QEMU gives no whole picture: ask again");
	return 0;
}

static int picture_read(struct vm *vm, struct buf *b)
{
	char path[40];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", vm->screen);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
	if (size < 0 || size > SCREEN_MAX)
		return err_set(EIO, "the picture is larger than %d bytes: make the screen smaller",
		    SCREEN_MAX);
	char *bytes = xcalloc(1, (size_t)size + 1);
	ssize_t n = pread(fd, bytes, (size_t)size, 0);
	if (n > 0)
		buf_add(b, bytes, (size_t)n);
	free(bytes);
	return screen_check(b->len > 0 ? buf_text(b) : "", b->len);
}

/* ---- asking QEMU ---- */

static void end(struct asking *q, bool ok)
{
	struct buf b = {0};
	ok = ok && picture_read(q->vm, &b) == 0;
	if (!ok)
		fd_close(&q->vm->screen); /* QEMU may not have it */
	text_done(&q->vm->z.l.obj, q->row, ok ? &b : NULL);
	buf_finish(&b);
	free(q);
}

static int is_done(const char *text, size_t n)
{
	json_t *m = json_parse(text, n);
	const char *why = json_word(json_object_get(m, "error"), "desc");
	bool knows = strcasestr(why, "png") == NULL && strstr(why, "'format'") == NULL;
	bool done = json_object_get(m, "return") != NULL;
	json_decref(m);
	if (done)
		return 0;
	if (!knows)
		return err_set(EOPNOTSUPP, "this QEMU makes no PNG: install 7.1 or a later one");
	return err_set(EIO, "QEMU gives no picture: look at the state, and ask again");
}

static int answer_take(int fd, const struct err *e)
{
	struct buf text = {0};
	if (e->code != 0)
		return err_restore(e);
	int r = qmp_answer_read(fd, ANSWER_MAX, &text);
	if (r == 0)
		r = is_done(buf_text(&text), text.len);
	buf_finish(&text);
	return r;
}

static void on_answer(void *arg, int fd, const struct err *e);

static int question_ask(struct asking *q)
{
	const char *text = questions[q->question];
	int n = q->question == TAKE;
	if (q->question == DUMP &&
	    (ftruncate(q->vm->screen, 0) < 0 || lseek(q->vm->screen, 0, SEEK_SET) < 0))
		return err_sys("begin a picture");
	return link_qmp(&q->vm->z, text, strlen(text), &q->vm->screen, n, on_answer, q);
}

static void on_answer(void *arg, int fd, const struct err *e)
{
	struct asking *q = arg;
	cleanup_fd int answer = fd;
	int r = answer_take(answer, e);
	if (q->question == FORGET && e->code == 0) /* there may be none */
		r = 0;
	if (r == 0 && q->vm->screen < 0) /* it has ended meanwhile */
		r = err_set(ESRCH, "it does not run: boot it first");
	if (r < 0 || q->question++ == DUMP)
		end(q, r == 0);
	else if (question_ask(q) < 0)
		end(q, false);
}

/* QEMU opens it for writing, and takes one that is open for just that. */
static int file_make(struct vm *vm)
{
	char path[40];
	cleanup_fd int both = memfd_create("screen", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", both);
	vm->screen = both < 0 ? -1 : open(path, O_WRONLY | O_CLOEXEC);
	return vm->screen < 0 ? err_sys("make a file for its picture") : 0;
}

static int picture_ask(struct vm *vm, const struct row *r)
{
	enum question first = vm->screen < 0 ? FORGET : DUMP;
	if (first == FORGET && file_make(vm) < 0)
		return -1;
	struct asking *q = xcalloc(1, sizeof(*q));
	*q = (struct asking){vm, r, first};
	if (question_ask(q) == 0)
		return TEXT_WAITS;
	fd_close(&vm->screen);
	free(q);
	return -1;
}

int screen_show(struct obj *o, const struct row *r, struct buf *b)
{
	struct vm *vm = vm_of(zone_of(o));
	(void)b;
	if (vm->z.link == NULL || !zone_is_up(&vm->z))
		return 0;
	if (!display_is_on(vm))
		return err_set(
		    EOPNOTSUPP, "it has no display: write vnc to display, and reboot it");
	return picture_ask(vm, r);
}

/* ---- as a part of its VM ---- */

static void init(struct zone *z)
{
	vm_of(z)->screen = -1;
}

static void forget(struct zone *z)
{
	fd_close(&vm_of(z)->screen);
}

const struct zone_part screen_part = {.init = init, .end = forget, .destroy = forget};
