#include "vm/ask.h"

#include <errno.h>
#include <stdio.h>
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

/* A disk that is closed is written first, for which QEMU lets all wait. */
enum { PATIENCE_SEC = 60 };

struct question {
	struct list link; /* vm::questions */
	struct vm *vm; /* borrowed: all questions end with the run that they are about */
	char *command; /* owned */
	unsigned msec; /* so long it may still take */
	ask_look *look;
	ask_done *done; /* NULL: nobody waits any more, only its answer is to come */
	void *arg;
	struct source *patience; /* while an answer is to come */
	struct source *timer; /* NULL: it has been sent, and link.c answers it in any case */
};

static char refusal[256]; /* QEMU's words */

const char *ask_refusal(void)
{
	return refusal;
}

static void question_free(struct question *q)
{
	list_del(&q->link);
	loop_close(&q->timer);
	loop_close(&q->patience);
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
	refusal[0] = '\0';
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
	snprintf(refusal, sizeof(refusal), "%s", json_word(json_object_get(m, "error"), "desc"));
	log_info("%s: QEMU to %s: %s", q->vm->z.l.obj.name, q->command, refusal);
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
	loop_close(&q->patience);
	if (q->done == NULL) {
		question_free(q);
		return;
	}
	int result = e->code != 0 ? err_restore(e) : look(q, answer);
	if (result != 0 || q->msec < AGAIN_MSEC) {
		question_end(q, result);
		return;
	}
	q->msec -= AGAIN_MSEC;
	q->timer = loop_after(AGAIN_MSEC * 1000, again, q);
}

/* The question stays: its answer may come yet, and is to be dropped. */
static void on_patience(void *arg)
{
	struct question *q = arg;
	ask_done *done = q->done;
	loop_close(&q->patience);
	q->done = NULL;
	err_set(ETIMEDOUT, "QEMU has not answered for %d s: halt it if it stays so", PATIENCE_SEC);
	done(q->arg, -1);
}

static int send(struct question *q)
{
	if (link_qmp(&q->vm->z, q->command, strlen(q->command), NULL, 0, on_answer, q) < 0)
		return -1;
	q->patience = loop_after(PATIENCE_SEC * 1000000, on_patience, q);
	return 0;
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
