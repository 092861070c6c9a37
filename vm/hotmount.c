/* A line of mounts comes as a virtiofsd, its socket as a chardev of QEMU's, and the device; it goes
 * the other way, when the guest has let go of the device. One that changes does both, under another
 * number.
 *
 * All that comes is opened first: if one is refused, nothing has gone. Which devices there are is
 * asked of QEMU each time; what each serves is kept (vm::mounts_has), and one of which that is not
 * known goes: a daemon has died over it. */
#include "vm/hotmount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/change.h"
#include "fs/error.h"
#include "rctl/limits.h"
#include "vm/ask.h"
#include "vm/commands.h"
#include "vm/give.h"
#include "vm/guest.h"
#include "vm/hardware.h"
#include "vm/mountdev.h"
#include "vm/mountplan.h"
#include "vm/mounts.h"
#include "vm/plugged.h"
#include "vm/ports.h"
#include "vm/unplug.h"
#include "zone/force.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "zone/pending.h"

enum { CLOSES = 20, CLOSES_MSEC = 200, AGAIN_FIRST = 1, AGAIN_MOST = 60 /* seconds */ };

/* A look at all mounts, one after the other. One at a time for each VM (vm::mounting.run). */
struct hotmounts {
	struct vm *vm;
	int64_t started; /* the boot that it is about */
	bool look; /* as vm::mounting.look */
	bool forced; /* a change waits for it: zone_forced() */
	struct mountplan p; /* i: the line that comes now; n: its mount, or that which goes */
	unsigned tries; /* that are left, to close it */
	bool changed; /* what is in force has, and is to be saved */
	struct err why; /* code 0, or it is refused, and what is opened is being closed */
};

static void next(struct hotmounts *q);
static int start(struct vm *vm, bool forced);
static void watch(struct vm *vm);

static const struct row *row(void)
{
	return &vm_mount_rows[0];
}

static bool can_ask(const struct vm *vm)
{
	return vm->z.state == ZONE_RUNNING && vm->z.link != NULL;
}

/* ---- the end ---- */

static void run_free(struct hotmounts *q)
{
	q->vm->mounting.run = NULL;
	mount_lines_free(&q->p.want);
	free(q);
}

static void in_force_note(struct vm *vm)
{
	struct buf b = {0};
	for (unsigned n = 0; n < VM_MOUNTS; n++)
		if (vm->mounts_has[n] != NULL)
			buf_printf(&b, "%s\n", vm->mounts_has[n]);
	if (mountplan_differs(vm))
		pending_now(&vm->z, row(), buf_text(&b));
	else
		pending_taken(&vm->z, row());
	buf_finish(&b);
}

/* A guest that has ended has it from the next boot on, whoever noticed its end first. */
static void end(struct hotmounts *q, const struct err *e)
{
	struct vm *vm = q->vm;
	bool forced = q->forced, changed = q->changed, up = zone_is_up(&vm->z);
	if (e == NULL && up && vm->z.started == q->started)
		in_force_note(vm);
	run_free(q);
	watch(vm);
	if (forced) {
		bool failed = e != NULL && e->code != ESRCH && up;
		zone_forced(&vm->z, &hotmount_part, failed ? e : NULL);
		return;
	}
	if (changed)
		change_save(&vm->z.l.obj);
	guest_settle(&vm->z);
	/* somebody waits for other lines */
	if (vm->mounting.written && start(vm, true) < 0)
		zone_forced(&vm->z, &hotmount_part, NULL);
}

static void fail(struct hotmounts *q)
{
	struct err e;
	err_copy(&e);
	end(q, &e);
}

/* ---- closing ---- */

/* The monitor is not to tell of the end of a virtiofsd that ends now. */
static void close_mount(struct hotmounts *q, unsigned n, commands_done *done)
{
	link_ask(&q->vm->z, &(struct mon_request){.op = MON_SERVER, .value = n}, NULL, NULL);
	commands_run(q->vm, mountdev_closing(n), COMMANDS_ANYHOW, done, q);
}

/* It waits, with what is noted about it, or it is refused. */
static void refused(struct hotmounts *q)
{
	static const char name[] = "mounts";
	bool named =
	    strncmp(err_text(), name, strlen(name)) == 0 && err_text()[strlen(name)] == ':';
	if (err_code() == ENOSYS) { /* a monitor of an older warren */
		next(q);
		return;
	}
	if (!named)
		err_wrap("%s", name);
	if (q->forced || !can_ask(q->vm)) {
		err_copy(&q->why);
		next(q);
		return;
	}
	err_set(err_code(), "%s", err_text() + strlen("mounts: ")); /* error_note names it, too */
	error_note(&q->vm->z.l.obj, name);
	next(q);
}

/* ---- one comes: it is opened ---- */

static void opened(void *arg, bool ok)
{
	struct hotmounts *q = arg;
	if (!ok) {
		if (ask_refusal()[0] != '\0')
			err_set(EIO, "%s: QEMU can't take it: see log", q->p.want.list[q->p.i].tag);
		refused(q);
		return;
	}
	next(q);
}

static void given(void *arg, const struct helper_reply *reply, int fd)
{
	struct hotmounts *q = arg;
	fd_close(&fd);
	if (!can_ask(q->vm) || q->vm->z.started != q->started) { /* or it is another boot's */
		err_set(ESRCH, "it has ended meanwhile");
		fail(q);
		return;
	}
	q->p.opened |= 1U << q->p.n; /* or some of it is there: it is closed in any case */
	if (reply->err.code != 0) {
		err_restore(&reply->err);
		q->p.line[q->p.n] = VM_MOUNTS;
		refused(q);
		return;
	}
	q->p.line[q->p.n] = q->p.i;
	commands_run(q->vm, mountdev_opening(q->p.n), COMMANDS_STRICT, opened, q);
}

/* Of a daemon that died there may be some of it. */
static void room_made(void *arg, bool ok)
{
	struct hotmounts *q = arg;
	struct helper_vm_file *f = xcalloc(1, sizeof(*f));
	vm_mount_file(q->vm, &q->p.want, q->p.i, f);
	f->disk = q->p.n;
	int r = ok && !q->vm->mounting.written ? give(q->vm, f, 0, 0, given, q) : -1;
	free(f);
	if (r < 0)
		fail(q);
}

/* ---- its device is added ---- */

/* line NULL: none. Where nobody has set memory.max it counts what a virtiofsd needs. */
static void noted(struct hotmounts *q, unsigned n, const char *line)
{
	struct vm *vm = q->vm;
	uint64_t bytes = vm->z.l.memory_unset;
	bytes += line != NULL ? MACHINE_BESIDE_MOUNT : 0;
	bytes -= vm->mounts_has[n] != NULL ? MACHINE_BESIDE_MOUNT : 0;
	vm_mounts_have(vm, n, line);
	if (limits_unset_memory(&vm->z.l, bytes) < 0)
		log_warn("%s: mounts: its memory: %s", vm->z.l.obj.name, err_text());
	q->changed = true;
}

static void added(void *arg, bool ok)
{
	struct hotmounts *q = arg;
	if (ok) {
		q->p.opened &= ~(1U << q->p.n);
		q->p.devices |= 1U << q->p.n;
		next(q);
		return;
	}
	noted(q, q->p.n, NULL);
	q->p.line[q->p.n] = VM_MOUNTS;
	if (ask_refusal()[0] != '\0')
		err_set(
		    EIO, "%s: QEMU can't take it: %s", q->p.want.list[q->p.i].tag, ask_refusal());
	refused(q);
}

static void add(struct hotmounts *q)
{
	const struct mount_line *l = &q->p.want.list[q->p.line[q->p.n]];
	q->p.i = q->p.line[q->p.n];
	noted(q, q->p.n, l->text);
	commands_run(q->vm, mountdev_adding(q->vm, q->p.n, l->tag), COMMANDS_STRICT, added, q);
}

/* ---- one goes ---- */

static void close_now(struct hotmounts *q);

static int look_whether_closed(void *arg, const json_t *list)
{
	const struct hotmounts *q = arg;
	return mountdev_is_closed(list, q->p.n);
}

static void closed(void *arg, int result)
{
	struct hotmounts *q = arg;
	if (result < 0) {
		fail(q);
	} else if (result == 0 && --q->tries > 0) {
		close_now(q);
	} else {
		q->p.opened &= ~(1U << q->p.n);
		next(q);
	}
}

/* A device that is gone holds on to its chardev for a moment. */
static void close_look(void *arg, bool ok)
{
	struct hotmounts *q = arg;
	if (!ok || ask(q->vm, MOUNTDEV_CHARDEVS, CLOSES_MSEC, look_whether_closed, closed, q) < 0)
		fail(q);
}

static void close_now(struct hotmounts *q)
{
	close_mount(q, q->p.n, close_look);
}

static void gone(struct hotmounts *q)
{
	q->p.devices &= ~(1U << q->p.n);
	noted(q, q->p.n, NULL);
	q->tries = CLOSES;
	close_now(q);
}

static void unplugged(void *arg, int result)
{
	struct hotmounts *q = arg;
	if (result < 0) {
		fail(q);
	} else if (result > 0) {
		gone(q);
	} else {
		q->vm->mounting.asked = true;
		next(q);
	}
}

static void take(struct hotmounts *q)
{
	char name[16];
	snprintf(name, sizeof(name), "mount%u", q->p.n);
	q->p.left |= 1U << q->p.n;
	if (unplug(q->vm, name, q->forced ? UNPLUG_SECONDS : 0, NULL, unplugged, q) < 0)
		fail(q);
}

/* ---- the next step ---- */

static void close_rest(struct hotmounts *q)
{
	for (q->p.n = 0; q->p.n < VM_MOUNTS; q->p.n++)
		if (mountplan_in(q->p.opened, q->p.n)) {
			q->tries = CLOSES;
			close_now(q);
			return;
		}
	if ((q->p.left & ~q->p.devices) != 0 && mountplan_differs(q->vm)) /* there is room now */
		q->vm->mounting.asked = true;
	end(q, q->why.code != 0 ? &q->why : NULL);
}

static void next(struct hotmounts *q)
{
	if (q->why.code != 0 || q->vm->mounting.written) {
		close_rest(q);
	} else if (mountplan_coming(&q->p)) {
		q->p.came |= 1U << q->p.i;
		close_mount(q, q->p.n, room_made);
	} else if (mountplan_going(&q->p)) {
		take(q);
	} else if (mountplan_opened(&q->p)) {
		add(q);
	} else {
		close_rest(q);
	}
}

/* ---- what QEMU has ---- */

static int look_at_memory(void *arg, const json_t *list)
{
	struct hotmounts *q = arg;
	q->p.shared = mountdev_is_shared(list);
	return 1;
}

/* An earlier daemon may have opened what it did not add. */
static void memory_known(void *arg, int result)
{
	struct hotmounts *q = arg;
	for (unsigned n = 0; q->look && q->p.shared && n < VM_MOUNTS; n++)
		mountplan_close(&q->p, n);
	if (result < 0)
		fail(q);
	else
		next(q);
}

static int look_at_devices(void *arg, const json_t *list)
{
	struct hotmounts *q = arg;
	q->p.devices = plugged_devices(list, "mount", NULL);
	q->p.ports = plugged_devices(list, "port-mount", "pcie-root-port");
	return 1;
}

/* A guest may have let go of one by itself, and a daemon have died before it was added. */
static void devices_known(void *arg, int result)
{
	struct hotmounts *q = arg;
	for (unsigned n = 0; result >= 0 && n < VM_MOUNTS; n++)
		if (!mountplan_in(q->p.devices, n) && q->vm->mounts_has[n] != NULL) {
			noted(q, n, NULL);
			q->p.left |= 1U << n;
			mountplan_close(&q->p, n);
		}
	if (result < 0 || ask(q->vm, MOUNTDEV_MEMORY, 0, look_at_memory, memory_known, q) < 0)
		fail(q);
}

/* -1: its guest has ended */
static int start(struct vm *vm, bool forced)
{
	struct hotmounts *q = xcalloc(1, sizeof(*q));
	*q = (struct hotmounts){.vm = vm,
	    .started = vm->z.started,
	    .forced = forced,
	    .look = vm->mounting.look,
	    .p.vm = vm};
	vm->mounting.run = q;
	vm->mounting.written = vm->mounting.asked = vm->mounting.look = false;
	if (vm_mounts_lines(vm, &q->p.want) == 0 &&
	    ask(vm, UNPLUG_LIST, 0, look_at_devices, devices_known, q) == 0)
		return 0;
	run_free(q);
	return -1;
}

/* ---- later ---- */

static void again(void *arg)
{
	struct vm *vm = arg;
	loop_close(&vm->mounting.watch);
	if (can_ask(vm) && vm->mounting.run == NULL)
		start(vm, false);
}

static void watch(struct vm *vm)
{
	loop_close(&vm->mounting.watch);
	if (!vm->mounting.asked || !can_ask(vm))
		return;
	unsigned seconds = vm->mounting.pause < AGAIN_FIRST ? AGAIN_FIRST : vm->mounting.pause;
	vm->mounting.watch = loop_after((uint64_t)seconds * 1000000, again, vm);
	vm->mounting.pause = 2 * seconds < AGAIN_MOST ? 2 * seconds : AGAIN_MOST;
}

/* ---- as a part of its VM ---- */

int hotmount_apply(struct obj *o, const struct row *r)
{
	(void)r;
	vm_of(zone_of(o))->mounting.written = true;
	return 0;
}

/* A microvm has no place where one could come or go. */
static bool is_due(const struct vm *vm)
{
	return can_ask(vm) && mountplan_differs(vm) &&
	       machine_get(vm->machine.n)->places != PLACES_NONE;
}

static int force(struct zone *z)
{
	struct vm *vm = vm_of(z);
	vm->mounting.written = vm->mounting.written && is_due(vm);
	if (!vm->mounting.written)
		return 0;
	vm->mounting.pause = AGAIN_FIRST;
	if (vm->mounting.run != NULL) /* which begins anew then */
		return 1;
	return start(vm, true) == 0;
}

/* Written while it was paused, or for an earlier daemon. */
static void entered(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (!can_ask(vm) || vm->mounting.run != NULL)
		return;
	bool due = vm->mounting.look || vm->mounting.asked || mountplan_differs(vm);
	if (due && machine_get(vm->machine.n)->places != PLACES_NONE)
		start(vm, false);
}

static int begin(struct zone *z, struct zone_request *r)
{
	struct vm *vm = vm_of(z);
	(void)r;
	vm->mounting.written = vm->mounting.look = vm->mounting.asked = false;
	vm->mounting.pause = 0;
	return 0;
}

static void found(struct zone *z)
{
	vm_of(z)->mounting.look = zone_runs(z);
}

static void ended(struct zone *z)
{
	loop_close(&vm_of(z)->mounting.watch);
}

static void destroy(struct zone *z)
{
	struct vm *vm = vm_of(z);
	loop_close(&vm->mounting.watch);
	if (vm->mounting.run == NULL)
		return;
	helper_forget(vm->mounting.run);
	run_free(vm->mounting.run);
}

const struct zone_part hotmount_part = {.begin = begin,
    .force = force,
    .entered = entered,
    .end = ended,
    .found = found,
    .destroy = destroy};
