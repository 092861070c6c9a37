#include "vm/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "vm/qmp.h"
#include "zone/link.h"
#include "zone/parts.h"

/* 255 vcpus and all CPU models take 100 KB each in QEMU's answers. */
enum { ANSWER_MAX = 1 << 20, AGAIN_MSEC = 100 };

struct question {
	struct list link; /* vm::questions */
	struct vm *vm; /* borrowed: all questions end with the run that they are about */
	char *command; /* owned */
	unsigned msec; /* so long it may still take */
	ask_look *look;
	ask_done *done;
	void *arg;
	struct source *timer; /* NULL: it has been sent, and link.c answers it in any case */
};

static void question_free(struct question *q)
{
	list_del(&q->link);
	loop_close(&q->timer);
	free(q->command);
	free(q);
}

static void question_end(struct question *q, int result)
{
	struct err e;
	ask_done *done = q->done;
	void *arg = q->arg;
	err_copy(&e);
	question_free(q);
	err_restore(&e);
	done(arg, result);
}

static int send(struct question *q);

static void again(void *arg)
{
	struct question *q = arg;
	loop_close(&q->timer);
	if (send(q) < 0)
		question_end(q, -1);
}

/* QEMU's own words are for developers. */
static int refused(const struct question *q, const json_t *m)
{
	log_info("%s: QEMU to %s: %s", q->vm->z.l.obj.name, q->command,
	    json_word(json_object_get(m, "error"), "desc"));
	return err_set(EIO, "QEMU refuses it: see whether it can be set while the guest is off");
}

static int look(struct question *q, int fd)
{
	struct buf text = {0};
	int result = qmp_answer_read(fd, ANSWER_MAX, &text);
	json_t *m = result == 0 ? json_parse(buf_text(&text), text.len) : NULL;
	const json_t *returned = json_object_get(m, "return");
	if (result == 0)
		result = returned == NULL  ? refused(q, m)
			 : q->look == NULL ? 1
					   : q->look(q->arg, returned);
	json_decref(m);
	buf_finish(&text);
	return result;
}

static void on_answer(void *arg, int fd, const struct err *e)
{
	struct question *q = arg;
	cleanup_fd int answer = fd;
	int result = e->code != 0 ? err_restore(e) : look(q, answer);
	if (result != 0 || q->msec < AGAIN_MSEC) {
		question_end(q, result);
		return;
	}
	q->msec -= AGAIN_MSEC;
	q->timer = loop_after(AGAIN_MSEC * 1000, again, q);
}

static int send(struct question *q)
{
	return link_qmp(&q->vm->z, q->command, strlen(q->command), NULL, 0, on_answer, q);
}

int ask(
    struct vm *vm, const char *command, unsigned msec, ask_look *looks, ask_done *done, void *arg)
{
	struct question *q = xcalloc(1, sizeof(*q));
	*q = (struct question){.vm = vm,
	    .command = xstrdup(command),
	    .msec = msec,
	    .look = looks,
	    .done = done,
	    .arg = arg};
	list_add_tail(&vm->questions, &q->link);
	if (send(q) == 0)
		return 0;
	question_free(q);
	return -1;
}

/* A hostile number is any double, of which those that a size can't have are left out. */
uint64_t ask_bytes(const json_t *object, const char *key)
{
	double n = json_number_value(json_object_get(object, key));
	return n > 0 && n < (double)(UINT64_C(1) << 62) ? (uint64_t)n : 0;
}

/* ---- as a part of its VM ---- */

static void init(struct zone *z)
{
	list_init(&vm_of(z)->questions);
}

/* End one that is to be asked again. Each may begin others. */
static bool end_one(struct vm *vm)
{
	list_each(q, &vm->questions, struct question, link) {
		if (q->timer == NULL)
			continue;
		err_set(ESRCH, "it has ended meanwhile");
		question_end(q, -1);
		return true;
	}
	return false;
}

static void end(struct zone *z)
{
	while (end_one(vm_of(z)))
		;
}

const struct zone_part ask_part = {.init = init, .end = end};
