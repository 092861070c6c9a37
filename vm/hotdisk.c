/* A disk comes at once. One goes when the guest has let go of it, which it may never do: then the
 * setting waits for a boot, the disk is asked for again now and then, and its file is closed as
 * soon as it is free. A disk that is another one now waits as well: only the guest knows when it is
 * done with the old one.
 *
 * What is there is asked of QEMU each time, so that a daemon finds what one that died has left. */
#include "vm/hotdisk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/change.h"
#include "fs/error.h"
#include "fs/settings.h"
#include "rctl/limits.h"
#include "vm/ask.h"
#include "vm/blockdev.h"
#include "vm/commands.h"
#include "vm/disk.h"
#include "vm/diskseen.h"
#include "vm/files.h"
#include "vm/give.h"
#include "vm/guest.h"
#include "vm/hardware.h"
#include "vm/plugged.h"
#include "vm/ports.h"
#include "vm/unplug.h"
#include "vm/words.h"
#include "zone/force.h"
#include "zone/parts.h"
#include "zone/pending.h"

enum { CLOSES_MSEC = 1000, ALL = (1 << VM_DISKS) - 1 };
enum { AGAIN_FIRST = 1, AGAIN_MOST = 60 }; /* seconds */

static const char none[] = "none\n";

/* A look at some disks, one after the other. One at a time for each VM (vm::hot.run). */
struct hotdisks {
	struct vm *vm;
	int64_t started; /* the boot that it is about */
	bool forced; /* a change waits for it: zone_forced() */
	unsigned left; /* bit N: disk N is to be looked at yet */
	struct disks_seen seen; /* what QEMU has */
	unsigned n; /* the disk that comes or goes now, */
	char *line; /* which comes by this one; owned, or NULL */
	bool changed; /* what is in force has, and is to be saved */
	struct err why; /* of what is being undone */
};

static void next(struct hotdisks *q);
static int start(struct vm *vm, unsigned disks, bool forced);
static void watch(struct vm *vm);

/* ---- the settings ---- */

static const struct row *row_of(unsigned n)
{
	return &disk_rows[n];
}

static bool wanted(const struct vm *vm, unsigned n)
{
	return vm->disks[n].v.p != NULL;
}

/* Had QEMU none when it was looked at last? An older daemon may have left that unknown. */
static bool has_none(const struct vm *vm, unsigned n)
{
	const char *has = pending_booted(&vm->z, row_of(n));
	return has != NULL && strcmp(has, none) == 0;
}

/* Those that come and those that go. One that changes does neither. */
static unsigned due(const struct vm *vm)
{
	unsigned bits = 0;
	for (unsigned n = 0; n < VM_DISKS; n++)
		if (pending_booted(&vm->z, row_of(n)) != NULL && wanted(vm, n) == has_none(vm, n))
			bits |= 1U << n;
	return bits;
}

static bool can_ask(const struct vm *vm)
{
	return vm->z.state == ZONE_RUNNING && vm->z.link != NULL;
}

/* ---- the end ---- */

static void run_free(struct hotdisks *q)
{
	q->vm->hot.run = NULL;
	free(q->line);
	free(q);
}

/* Somebody waits for other disks, or these again. */
static void run_anew(struct vm *vm)
{
	bool waits = vm->hot.waits;
	vm->hot.waits = false;
	if (waits && start(vm, vm->hot.written, true) < 0)
		zone_forced(&vm->z, &hotdisk_part, NULL);
}

/* A guest that has ended has it from the next boot on, whoever noticed its end first. */
static void end(struct hotdisks *q, const struct err *e)
{
	struct vm *vm = q->vm;
	bool forced = q->forced, changed = q->changed;
	run_free(q);
	vm->hot.looked = e == NULL;
	watch(vm);
	if (forced) {
		bool failed = e != NULL && e->code != ESRCH && zone_is_up(&vm->z);
		zone_forced(&vm->z, &hotdisk_part, failed ? e : NULL);
		return;
	}
	if (changed)
		change_save(&vm->z.l.obj);
	guest_settle(&vm->z);
	run_anew(vm);
}

/* It waits. */
static void leave(struct hotdisks *q)
{
	q->left &= ~(1U << q->n);
	next(q);
}

/* The helper has named the disk already. */
static void failed(struct hotdisks *q)
{
	struct err e;
	const char *name = row_of(q->n)->name;
	size_t n = strlen(name);
	if (strncmp(err_text(), name, n) != 0 || err_text()[n] != ':')
		err_wrap("%s", name);
	err_copy(&e);
	if (q->forced || !can_ask(q->vm)) {
		end(q, &e);
		return;
	}
	err_set(e.code, "%s", e.text + n + 2); /* error_note names it, too */
	error_note(&q->vm->z.l.obj, name);
	leave(q);
}

static void close_all(struct hotdisks *q, commands_done *done)
{
	commands_run(q->vm, blockdev_closing(q->n), COMMANDS_ANYHOW, done, q);
}

/* ---- what is in force ---- */

/* Disk n has come or gone. Where nobody has set memory.max it counts what QEMU needs for a disk. */
static void noted(struct hotdisks *q, unsigned n, bool has)
{
	struct vm *vm = q->vm;
	pending_now(&vm->z, row_of(n), has ? q->line : none);
	disks_images_settle(vm);
	uint64_t bytes = vm->z.l.memory_unset;
	bytes = has ? bytes + MACHINE_BESIDE_DISK : bytes - MACHINE_BESIDE_DISK;
	if (limits_unset_memory(&vm->z.l, bytes) < 0)
		log_warn("%s: disk%u: its memory: %s", vm->z.l.obj.name, n, err_text());
	q->changed = true;
}

/* ---- one comes ---- */

static void dropped(void *arg, bool ok)
{
	struct hotdisks *q = arg;
	(void)ok;
	q->vm->hot.asked |= 1U << q->n; /* the other may be refused */
	leave(q);
}

/* Another line may be written meanwhile, where none waits for this one. */
static bool is_dropped(struct hotdisks *q)
{
	char *text = settings_row_text(&q->vm->z.l.obj, row_of(q->n));
	bool other = strcmp(text, q->line) != 0;
	free(text);
	if (other)
		close_all(q, dropped);
	return other;
}

static void undone(void *arg, bool ok)
{
	struct hotdisks *q = arg;
	(void)ok;
	err_restore(&q->why);
	failed(q);
}

static void undo(struct hotdisks *q)
{
	err_copy(&q->why);
	close_all(q, undone);
}

static void added(void *arg, bool ok)
{
	struct hotdisks *q = arg;
	struct vm *vm = q->vm;
	if (!ok && is_dropped(q))
		return;
	if (!ok) {
		if (ask_refusal()[0] != '\0')
			words_of_disk(vm, q->n, ask_refusal());
		else
			vm->hot.asked |= 1U << q->n; /* it may come yet */
		undo(q);
		return;
	}
	q->seen.open |= 1U << q->n;
	q->left &= ~(1U << q->n);
	vm->hot.asked &= ~(1U << q->n);
	noted(q, q->n, true);
	next(q);
}

static void given(void *arg, const struct helper_reply *reply, int fd)
{
	struct hotdisks *q = arg;
	fd_close(&fd);
	if (!can_ask(q->vm) || q->vm->z.started != q->started) { /* or it is another boot's */
		err_set(ESRCH, "it has ended meanwhile");
		failed(q);
		return;
	}
	if (is_dropped(q))
		return;
	if (reply->err.code != 0) {
		err_restore(&reply->err);
		undo(q);
		return;
	}
	commands_run(q->vm, blockdev_coming(q->vm, q->n), COMMANDS_STRICT, added, q);
}

/* Of a daemon that died there may be some of it. */
static void room_made(void *arg, bool ok)
{
	struct hotdisks *q = arg;
	unsigned below = 0;
	if (is_dropped(q))
		return;
	struct helper_vm_file *f = xcalloc(1, sizeof(*f));
	files_disk(q->vm, q->n, f);
	if (f->image != 0)
		below = IMAGE_SET + q->n;
	int r = ok ? give(q->vm, f, DISK_SET + q->n, below, given, q) : -1;
	free(f);
	if (r < 0)
		failed(q);
}

static void bring(struct hotdisks *q)
{
	free(q->line);
	q->line = settings_row_text(&q->vm->z.l.obj, row_of(q->n));
	close_all(q, room_made);
}

/* The machine that runs may not be that of the settings, or one of an older warren. */
static bool can_come(struct hotdisks *q, unsigned n)
{
	struct vm *vm = q->vm;
	const struct type *type = vm->z.l.obj.type;
	struct port at;
	if (pending_waits(&vm->z, row_by_name(type, "machine")) ||
	    pending_waits(&vm->z, row_by_name(type, "os")))
		return false;
	const struct machine *m = machine_get(vm->machine.n);
	const struct disk_bus *bus = machine_bus(vm->machine.n, disk_bus(vm, vm->disks[n].v.p));
	return bus->at == NULL && port_of(vm, PORT_DISK, n, bus->device, &at) &&
	       (m->places != PLACES_PORTS || (q->seen.ports >> n & 1) != 0);
}

/* ---- one goes ---- */

static void closed(void *arg, bool ok)
{
	struct hotdisks *q = arg;
	struct vm *vm = q->vm;
	if (!ok) {
		failed(q);
		return;
	}
	q->seen.open &= ~(1U << q->n);
	q->seen.given &= ~(1U << q->n);
	vm->hot.asked &= ~(1U << q->n);
	if (!has_none(vm, q->n))
		noted(q, q->n, false);
	next(q); /* it may be wanted again */
}

static int look_whether_open(void *arg, const json_t *blocks)
{
	const struct hotdisks *q = arg;
	return (plugged_disks(blocks) >> q->n & 1) == 0;
}

/* A device that is gone may hold on to its disk for a moment. */
static void waited(void *arg, int result)
{
	struct hotdisks *q = arg;
	if (result > 0)
		close_all(q, closed);
	else if (result < 0)
		failed(q);
	else
		leave(q);
}

static void unplugged(void *arg, int result)
{
	struct hotdisks *q = arg;
	if (result == 0)
		leave(q);
	else if (result < 0 ||
		 ask(q->vm, PLUGGED_BLOCKS, CLOSES_MSEC, look_whether_open, waited, q) < 0)
		failed(q);
}

static void take(struct hotdisks *q)
{
	q->vm->hot.asked |= 1U << q->n;
	if (unplug(q->vm, row_of(q->n)->name, q->forced ? UNPLUG_SECONDS : 0, NULL, unplugged, q) <
	    0)
		failed(q);
}

/* ---- which ---- */

enum move { COMES, GOES, /* or nothing but */ CLOSES };

/* What no setting has: its guest let go of it by itself, or a daemon died over it. */
static bool is_move(struct hotdisks *q, unsigned n, enum move move)
{
	bool open = (q->seen.open >> n & 1) != 0, device = (q->seen.devices >> n & 1) != 0;
	bool is_left = ((q->seen.given | q->vm->hot.asked) >> n & 1) != 0;
	if (move == COMES)
		return wanted(q->vm, n) && !open && has_none(q->vm, n) && can_come(q, n);
	if (move == GOES)
		return open && device && (!wanted(q->vm, n) || has_none(q->vm, n));
	return !open && !wanted(q->vm, n) && is_left;
}

static bool find(struct hotdisks *q, enum move move)
{
	for (q->n = 0; q->n < VM_DISKS; q->n++)
		if ((q->left >> q->n & 1) != 0 && is_move(q, q->n, move))
			return true;
	return false;
}

/* What comes is first: if it is refused, nothing has gone. */
static void next(struct hotdisks *q)
{
	if (find(q, COMES))
		bring(q);
	else if (find(q, GOES))
		take(q);
	else if (find(q, CLOSES))
		close_all(q, closed);
	else
		end(q, NULL);
}

/* ---- what QEMU has ---- */

/* A guest may have let go of one by itself. */
static void known(struct hotdisks *q)
{
	for (unsigned n = 0; n < VM_DISKS; n++) {
		if ((q->seen.open >> n & 1) != 0 || pending_booted(&q->vm->z, row_of(n)) == NULL ||
		    has_none(q->vm, n))
			continue;
		noted(q, n, false);
		q->left |= wanted(q->vm, n) ? 0 : 1U << n;
	}
	next(q);
}

static void looked(void *arg, int result)
{
	struct hotdisks *q = arg;
	struct err e;
	err_copy(&e);
	if (result > 0)
		known(q);
	else
		end(q, &e);
}

/* -1: its guest has ended */
static int start(struct vm *vm, unsigned disks, bool forced)
{
	struct hotdisks *q = xcalloc(1, sizeof(*q));
	*q = (struct hotdisks){.vm = vm, .started = vm->z.started, .left = disks, .forced = forced};
	vm->hot.run = q;
	vm->hot.written &= forced ? ~disks : ALL;
	if (diskseen_ask(vm, &q->seen, looked, q) == 0)
		return 0;
	run_free(q);
	return -1;
}

/* ---- later ---- */

static void again(void *arg)
{
	struct vm *vm = arg;
	loop_close(&vm->hot.watch);
	if (can_ask(vm) && vm->hot.run == NULL)
		start(vm, vm->hot.asked, false);
}

static void watch(struct vm *vm)
{
	loop_close(&vm->hot.watch);
	if (vm->hot.asked == 0 || !can_ask(vm))
		return;
	unsigned seconds = vm->hot.pause < AGAIN_FIRST ? AGAIN_FIRST : vm->hot.pause;
	vm->hot.watch = loop_after((uint64_t)seconds * 1000000, again, vm);
	vm->hot.pause = 2 * seconds < AGAIN_MOST ? 2 * seconds : AGAIN_MOST;
}

/* ---- as a part of its VM ---- */

int hotdisk_apply(struct obj *o, const struct row *r)
{
	vm_of(zone_of(o))->hot.written |= 1U << (r - disk_rows);
	return 0;
}

static int force(struct zone *z)
{
	struct vm *vm = vm_of(z);
	bool runs = vm->hot.run != NULL; /* what is due changes meanwhile; it begins anew then */
	vm->hot.written &= !can_ask(vm) ? 0 : runs ? ALL : due(vm);
	if (vm->hot.written == 0)
		return 0;
	vm->hot.pause = AGAIN_FIRST;
	vm->hot.waits = runs;
	if (runs)
		return 1;
	return start(vm, vm->hot.written, true) == 0;
}

/* Written while it was paused, or for an earlier daemon. */
static void entered(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (!can_ask(vm) || vm->hot.run != NULL)
		return;
	unsigned disks = vm->hot.looked ? due(vm) | vm->hot.asked : ALL;
	vm->hot.looked = true;
	if (disks != 0)
		start(vm, disks, false);
}

static int begin(struct zone *z, struct zone_request *r)
{
	struct vm *vm = vm_of(z);
	(void)r;
	vm->hot.asked = vm->hot.written = vm->hot.pause = 0;
	vm->hot.looked = true;
	vm->hot.waits = false;
	return 0;
}

static void ended(struct zone *z)
{
	loop_close(&vm_of(z)->hot.watch);
}

static void destroy(struct zone *z)
{
	struct vm *vm = vm_of(z);
	loop_close(&vm->hot.watch);
	if (vm->hot.run == NULL)
		return;
	helper_forget(vm->hot.run);
	run_free(vm->hot.run);
}

const struct zone_part hotdisk_part = {
    .begin = begin, .force = force, .entered = entered, .end = ended, .destroy = destroy};
