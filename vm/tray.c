/* What is in a CD-ROM drive, changed while the VM runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "vm/cdrom.h"
#include "vm/files.h"
#include "vm/give.h"
#include "vm/hardware.h"
#include "vm/qmp.h"
#include "zone/force.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "zone/pending.h"

enum { ANSWER_MAX = 64 << 10, COMMAND_MAX = 256 };

/* One after the other. QEMU opens the next medium before it takes out the last, so that a refusal
 * leaves that where it is. */
enum step { FORGET, GIVE, CHANGE, /* or */ OPEN, TAKE_OUT, LEAVE };

struct turn {
	struct vm *vm; /* borrowed: its link, or the helper, tells us before it goes */
	unsigned n;
	enum step step;
};

static int step_take(struct turn *t);
static int next(struct vm *vm);

static void has_set(struct tray *t, const char *path)
{
	free(t->has);
	t->has = path != NULL ? xstrdup(path) : NULL;
	t->anew = false;
}

static void end(struct turn *t, bool ok)
{
	struct vm *vm = t->vm;
	struct err e;
	int r = ok ? 0 : -1;
	vm->turn = NULL;
	if (ok) {
		has_set(&vm->trays[t->n], vm->cdroms[t->n].v.s);
		pending_taken(&vm->z, &cdrom_rows[t->n]);
		r = next(vm);
	} else {
		vm->trays[t->n].anew = false;
	}
	err_copy(&e);
	free(t);
	if (r <= 0)
		zone_forced(&vm->z, &tray_part, r < 0 ? &e : NULL);
}

static void go_on(struct turn *t, bool ok)
{
	bool last = t->step == CHANGE || t->step == LEAVE;
	t->step++;
	if (!ok || last)
		end(t, ok);
	else if (step_take(t) < 0)
		end(t, false);
}

static void answered(void *arg, int fd, const struct err *e)
{
	struct turn *t = arg;
	struct buf text = {0};
	cleanup_fd int answer = fd;
	int r = e->code != 0 ? err_restore(e) : qmp_answer_read(answer, ANSWER_MAX, &text);
	bool forgets = t->step == FORGET || t->step == LEAVE; /* there may be none */
	if (r == 0 && !forgets && strstr(buf_text(&text), "\"error\"") != NULL)
		r = err_set(EIO, "%s: QEMU can't read it: give another file, or none",
		    cdrom_rows[t->n].name);
	buf_finish(&text);
	go_on(t, r == 0);
}

static void given(void *arg, const struct helper_reply *reply, int fd)
{
	fd_close(&fd);
	if (reply->err.code != 0)
		err_restore(&reply->err);
	go_on(arg, reply->err.code == 0);
}

static int medium_give(struct turn *t)
{
	struct helper_vm_file *f = xcalloc(1, sizeof(*f));
	files_cdrom(t->vm, t->n, f);
	int r = give(t->vm, f, CDROM_SET + t->n, 0, given, t);
	free(f);
	return r;
}

static void command_make(const struct turn *t, char to[COMMAND_MAX])
{
	const char *id = cdrom_rows[t->n].name;
	unsigned set = CDROM_SET + t->n;
	if (t->step == CHANGE)
		snprintf(to, COMMAND_MAX,
		    "{\"execute\":\"blockdev-change-medium\",\"arguments\":{\"id\":\"%s\","
		    "\"filename\":\"%s/dev/fdset/%u\",\"format\":\"raw\","
		    "\"read-only-mode\":\"read-only\",\"force\":true}}",
		    id, DEVICE_OF(t->vm->cdroms[t->n].v.s), set);
	else if (t->step == OPEN)
		snprintf(to, COMMAND_MAX,
		    "{\"execute\":\"blockdev-open-tray\",\"arguments\":{\"id\":\"%s\",\"force\":"
		    "true}}",
		    id);
	else if (t->step == TAKE_OUT)
		snprintf(to, COMMAND_MAX,
		    "{\"execute\":\"blockdev-remove-medium\",\"arguments\":{\"id\":\"%s\"}}", id);
	else
		snprintf(to, COMMAND_MAX,
		    "{\"execute\":\"remove-fd\",\"arguments\":{\"fdset-id\":%u}}", set);
}

static int step_take(struct turn *t)
{
	char command[COMMAND_MAX];
	if (t->step == GIVE)
		return medium_give(t);
	command_make(t, command);
	return link_qmp(&t->vm->z, command, strlen(command), NULL, 0, answered, t);
}

/* ---- which ---- */

static bool is_due(const struct vm *vm, unsigned n)
{
	const char *want = vm->cdroms[n].v.s, *has = vm->trays[n].has;
	bool same = want != NULL && has != NULL ? strcmp(want, has) == 0 : want == has;
	return vm->trays[n].drive && (!same || vm->trays[n].anew);
}

/* 1: its end is called later; 0: there is none; -1 */
static int next(struct vm *vm)
{
	unsigned n = 0;
	while (n < VM_CDROMS && !is_due(vm, n))
		n++;
	if (n == VM_CDROMS)
		return 0;
	struct turn *t = xcalloc(1, sizeof(*t));
	*t = (struct turn){vm, n, vm->cdroms[n].v.s != NULL ? FORGET : OPEN};
	vm->turn = t;
	if (step_take(t) == 0)
		return 1;
	vm->turn = NULL;
	free(t);
	return -1;
}

/* Whoever writes the same path again may mean another file; a change that is undone does not. */
int tray_apply(struct obj *o, const struct row *r)
{
	vm_of(zone_of(o))->trays[r - cdrom_rows].anew = change_number() != 0;
	return 0;
}

static int force(struct zone *z)
{
	return zone_is_up(z) ? next(vm_of(z)) : 0;
}

/* ---- as a part of its VM ---- */

static int begin(struct zone *z, struct zone_request *r)
{
	struct vm *vm = vm_of(z);
	(void)r;
	for (unsigned n = 0; n < VM_CDROMS; n++) {
		has_set(&vm->trays[n], vm->cdroms[n].v.s);
		vm->trays[n].drive = vm->cdroms[n].v.s != NULL;
	}
	return 0;
}

static void found(struct zone *z)
{
	struct vm *vm = vm_of(z);
	for (unsigned n = 0; n < VM_CDROMS; n++)
		has_set(&vm->trays[n], vm->cdroms[n].v.s);
}

static void save(const struct zone *z, struct buf *b)
{
	const struct vm *vm = vm_of((struct zone *)(uintptr_t)z);
	for (unsigned n = 0; n < VM_CDROMS && zone_runs(z); n++)
		if (vm->trays[n].drive)
			buf_printf(b, "drive %u\n", n);
}

static int load(struct zone *z, const char *key, char *value)
{
	uint64_t n;
	if (strcmp(key, "drive") != 0)
		return 1;
	if (word_u64(value, "", &n) < 0 || n >= VM_CDROMS)
		return -1;
	vm_of(z)->trays[n].drive = true;
	return 0;
}

static void destroy(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (vm->turn != NULL)
		helper_forget(vm->turn);
	free(vm->turn);
	for (unsigned n = 0; n < VM_CDROMS; n++)
		free(vm->trays[n].has);
}

const struct zone_part tray_part = {
    .begin = begin, .force = force, .found = found, .save = save, .load = load, .destroy = destroy};
