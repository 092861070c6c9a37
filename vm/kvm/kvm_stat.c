#include "vm/kvm/kvm_stat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/text.h"
#include "vm/qmp.h"
#include "zone/link.h"

/* 255 vcpus have 46 counters each with Linux 6.18, 3 KB in QEMU's answer. */
enum { ANSWER_MAX = 1 << 20, SUMS_MAX = 1024, KEY_MAX = 63 };

/* What QEMU is asked, one after the other. */
static const char *const questions[] = {
    "{\"execute\": \"query-stats\", \"arguments\": {\"target\": \"vm\"}}",
    "{\"execute\": \"query-stats\", \"arguments\": {\"target\": \"vcpu\"}}",
};

struct asking {
	struct vm *vm; /* borrowed: link.c ends all requests before it is freed */
	const struct row *row;
	json_t *sums; /* owned: key and number */
	size_t question; /* the one that is asked */
};

static int is_key(const char *key)
{
	size_t n = key != NULL ? strlen(key) : 0;
	return n > 0 && n <= KEY_MAX && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

static int add_number(json_t *sums, const char *key, double n)
{
	json_t *sum = json_object_get(sums, key);
	if (n < 0 || (sum == NULL && json_object_size(sums) >= SUMS_MAX))
		return -1;
	if (sum != NULL)
		return json_real_set(sum, json_real_value(sum) + n);
	return json_object_set_new(sums, key, json_real(n));
}

/* Skips histograms, which are no counters: the file qmp has them. */
static int add_one(json_t *sums, json_t *stat)
{
	const char *key = json_string_value(json_object_get(stat, "name"));
	json_t *value = json_object_get(stat, "value");
	if (is_key(key) && json_is_array(value))
		return 0;
	if (is_key(key) && json_is_number(value) &&
	    add_number(sums, key, json_number_value(value)) == 0)
		return 0;
	if (is_key(key) && json_is_boolean(value) &&
	    add_number(sums, key, json_is_true(value)) == 0)
		return 0;
	return err_set(EIO, "QEMU's counters make no sense");
}

static int add_all(json_t *sums, json_t *returned)
{
	size_t i, k;
	json_t *part, *stat;
	json_array_foreach(returned, i, part) {
		json_array_foreach(json_object_get(part, "stats"), k, stat) {
			if (add_one(sums, stat) < 0)
				return -1;
		}
	}
	return 0;
}

/* Make QEMU's error one for users: its own words are for developers. */
static int error_of(json_t *m)
{
	const char *class =
	    json_string_value(json_object_get(json_object_get(m, "error"), "class"));
	if (class != NULL && strcmp(class, "CommandNotFound") == 0)
		return err_set(EOPNOTSUPP, "this QEMU can't tell: install 7.1 or a later one");
	return err_set(EIO, "QEMU does not tell its counters");
}

int kvm_stat_add(json_t *sums, const char *answer, size_t len)
{
	json_t *m = json_parse(answer, len), *returned = json_object_get(m, "return");
	int result = json_is_array(returned) ? add_all(sums, returned) : error_of(m);
	json_decref(m);
	return result;
}

static void format(json_t *sums, struct buf *b)
{
	const char *key;
	json_t *n;
	json_object_foreach(sums, key, n)
		buf_printf(b, "%s %.0f\n", key, json_real_value(n));
}

static void end(struct asking *q, bool ok)
{
	struct buf b = {0};
	if (ok)
		format(q->sums, &b);
	text_done(&q->vm->z.l.obj, q->row, ok ? &b : NULL);
	json_decref(q->sums);
	free(q);
}

static void on_answer(void *arg, int fd, const struct err *e);

static int question_ask(struct asking *q)
{
	const char *text = questions[q->question];
	return link_qmp(&q->vm->z, text, strlen(text), NULL, 0, on_answer, q);
}

static int sums_add(struct asking *q, int fd, const struct err *e)
{
	struct buf text = {0};
	if (e->code != 0)
		return err_restore(e);
	int result = qmp_answer_read(fd, ANSWER_MAX, &text);
	if (result == 0)
		result = kvm_stat_add(q->sums, buf_text(&text), text.len);
	buf_finish(&text);
	return result;
}

static void on_answer(void *arg, int fd, const struct err *e)
{
	struct asking *q = arg;
	cleanup_fd int answer = fd;
	bool ok = sums_add(q, answer, e) == 0;
	if (!ok || ++q->question == NELEM(questions))
		end(q, ok);
	else if (question_ask(q) < 0)
		end(q, false);
}

int kvm_stat_show(struct obj *o, const struct row *r, struct buf *b)
{
	(void)b;
	struct vm *vm = vm_of(zone_of(o));
	if (vm->z.link == NULL || (vm->z.state != ZONE_RUNNING && vm->z.state != ZONE_PAUSED))
		return 0;
	if (vm->accel_used != ACCEL_KVM)
		return err_set(EOPNOTSUPP, "under tcg nothing is counted: it needs accel=kvm");
	struct asking *q = xcalloc(1, sizeof(*q));
	*q = (struct asking){.vm = vm, .row = r, .sums = json_object()};
	if (question_ask(q) == 0)
		return TEXT_WAITS;
	json_decref(q->sums);
	free(q);
	return -1;
}
