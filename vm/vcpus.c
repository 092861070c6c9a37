/* Virtual CPUs: those of the boot, and those that come and go while the guest runs. QEMU adds one
 * at once; one goes when the guest has given it back (ACPI). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fs/change.h"
#include "fs/settings.h"
#include "vm/ask.h"
#include "vm/firmware.h"
#include "vm/guest.h"
#include "vm/hardware.h"
#include "vm/jit.h"
#include "vm/slots.h"
#include "zone/force.h"
#include "zone/parts.h"
#include "zone/pending.h"

/* WATCH_MSEC: who gives a CPU back late is noticed that long. FEWEST: places there are on small
 * hosts, too; a place costs a Linux guest about 200 KiB. */
enum { VCPUS_MAX = 255, FEWEST = 4, WAIT_MSEC = 10000, WATCH_MSEC = 600000 };

static const char query[] = "{\"execute\":\"query-hotpluggable-cpus\"}";

const struct row vcpus_rows[] = {
    {128, "vcpus", 0644, ROW_NEXT_BOOT | ROW_TRIED | ROW_OWNERS, "virtual CPUs",
	.kind = &kind_number, .off = offsetof(struct vm, vcpus), .min = 1, .max = VCPUS_MAX,
	.unset = "1", .wanted = "give 1..255"},
    {0},
};

/* ---- at the boot ---- */

unsigned vcpus_places(const struct vm *vm)
{
	unsigned n = host_cpus() > FEWEST ? host_cpus() : FEWEST;
	n = n < VCPUS_MAX ? n : VCPUS_MAX;
	if (!machine_get(vm->machine.n)->pci || n < vm->vcpus.n) /* a microvm has no ACPI for it */
		n = (unsigned)vm->vcpus.n;
	return n;
}

void vcpus_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	unsigned places = vcpus_places(vm);
	(void)files;
	if (places > vm->vcpus.n)
		args_opt(a, "-smp", "%" PRIu64 ",maxcpus=%u", vm->vcpus.n, places);
	else
		args_opt(a, "-smp", "%" PRIu64, vm->vcpus.n);
}

/* ---- while it runs ---- */

/* Bringing a guest to as many as are wanted, which may become another number meanwhile. One at a
 * time for each VM (vm::plugging). */
struct plugging {
	struct vm *vm;
	bool forced; /* a change waits for it: zone_forced() */
	bool anew; /* the wanted number has changed */
	unsigned has, places;
	struct buf command; /* what is to be done next; empty: nothing */
};

static int begin(struct plugging *q);

/* They are in force, or wait for the guest or a boot. */
static void settle(struct plugging *q, const struct err *e)
{
	struct vm *vm = q->vm;
	char text[16];
	snprintf(text, sizeof(text), "%u\n", q->has);
	if (e == NULL && q->has > 0)
		pending_now(&vm->z, &vcpus_rows[0], text);
	if (!q->forced)
		change_save(&vm->z.l.obj);
	if (!q->forced)
		guest_settle(&vm->z);
	else
		zone_forced(&vm->z, &vcpus_part, e);
}

static void end(struct plugging *q, const struct err *e)
{
	struct vm *vm = q->vm;
	vm->plugging = NULL;
	settle(q, e);
	buf_finish(&q->command);
	free(q);
}

static void end_with_error(struct plugging *q)
{
	struct err e;
	err_copy(&e);
	end(q, &e);
}

static int look_for_fewer(void *arg, const json_t *slots)
{
	struct plugging *q = arg;
	return q->anew || slots_taken(slots) < q->has;
}

static void watched(void *arg, int result)
{
	struct plugging *q = arg;
	if (result <= 0 || begin(q) < 0)
		end(q, NULL);
}

/* The guest does not give it back, or not yet. */
static void waited(void *arg, int result)
{
	struct plugging *q = arg;
	if (result > 0 && begin(q) == 0)
		return;
	settle(q, NULL);
	q->forced = false;
	if (result < 0 || ask(q->vm, query, WATCH_MSEC, look_for_fewer, watched, q) < 0)
		end(q, NULL);
}

static void removing(void *arg, int result)
{
	struct plugging *q = arg;
	if (result < 0 || ask(q->vm, query, WAIT_MSEC, look_for_fewer, waited, q) < 0)
		end(q, NULL);
}

static void added(void *arg, int result)
{
	struct plugging *q = arg;
	if (result < 0 || begin(q) < 0)
		end_with_error(q);
}

/* QEMU ends where it can't make a thread. */
static int has_room(const struct vm *vm)
{
	uint64_t now = 0;
	if (vm->z.l.pids.n == VALUE_NONE)
		return 0;
	if (group_face()->get_pids(vm->z.l.group, &now) < 0)
		return -1;
	if (now + 1 < vm->z.l.pids.n)
		return 0;
	return err_set(EINVAL, "pids.max leaves no room for another: raise it first");
}

/* Under TCG, QEMU 7.2 ends with a double free when a CPU comes after another has gone. */
static bool can_go(const struct vm *vm)
{
	return vm->accel_used == ACCEL_KVM;
}

/* Under TCG, QEMU up to 7.2 tells the firmware's System Management Mode the wrong CPUs
 * (github.com/tianocore/edk2/issues/9298), and the guest stands still for ever. */
static bool can_come(const struct vm *vm)
{
	return vm->accel_used == ACCEL_KVM || !firmware_booted_secure(vm);
}

static int look_at_slots(void *arg, const json_t *slots)
{
	struct plugging *q = arg;
	unsigned wanted = (unsigned)q->vm->vcpus.n;
	q->has = slots_taken(slots);
	q->places = (unsigned)json_array_size(slots);
	buf_finish(&q->command);
	if (q->has == 0 || q->has == wanted || q->places < wanted)
		return 1;
	if (q->has > wanted)
		return can_go(q->vm) && slots_remove(slots, &q->command) < 0 ? -1 : 1;
	if (!can_come(q->vm))
		return 1;
	return has_room(q->vm) < 0 || slots_add(slots, &q->command) < 0 ? -1 : 1;
}

/* A machine without places lets it wait. */
static void carry_out(void *arg, int result)
{
	struct plugging *q = arg;
	bool fewer = q->has > q->vm->vcpus.n;
	if (result >= 0 && q->command.len > 0 &&
	    ask(q->vm, buf_text(&q->command), 0, NULL, fewer ? removing : added, q) == 0)
		return;
	if (result < 0 && q->has > 0)
		end_with_error(q);
	else
		end(q, NULL);
}

static int look_at_room(void *arg, const json_t *returned)
{
	struct plugging *q = arg;
	if (!jit_has_room(returned, q->places, q->has))
		buf_finish(&q->command);
	return 1;
}

/* A QEMU that does not know the question can't say that there is room. */
static void room_looked(void *arg, int result)
{
	struct plugging *q = arg;
	bool unknown = result < 0 && ask_refusal()[0] != '\0';
	if (unknown)
		buf_finish(&q->command);
	carry_out(q, unknown ? 1 : result);
}

static void looked(void *arg, int result)
{
	struct plugging *q = arg;
	bool translated = q->vm->accel_used == ACCEL_TCG;
	if (result < 0 || q->command.len == 0 || !translated ||
	    ask(q->vm, jit_query, 0, look_at_room, room_looked, q) < 0)
		carry_out(q, result);
}

static int begin(struct plugging *q)
{
	q->anew = false;
	q->has = 0;
	return ask(q->vm, query, 0, look_at_slots, looked, q);
}

static int start(struct vm *vm, bool forced)
{
	struct plugging *q = vm->plugging;
	if (q == NULL) {
		q = xcalloc(1, sizeof(*q));
		q->vm = vm;
		if (begin(q) < 0) {
			free(q);
			return -1;
		}
		vm->plugging = q;
	} else {
		q->anew = true;
	}
	q->forced = forced;
	vm->vcpus_tried = vm->vcpus.n;
	return 0;
}

static bool waits(struct vm *vm)
{
	const char *now = pending_booted(&vm->z, &vcpus_rows[0]);
	char text[16];
	snprintf(text, sizeof(text), "%" PRIu64 "\n", vm->vcpus.n);
	return vm->z.state == ZONE_RUNNING && vm->z.link != NULL &&
	       (now == NULL || strcmp(now, text) != 0);
}

/* ---- as a part of its VM ---- */

static int force(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (!waits(vm) || vm->vcpus_tried == vm->vcpus.n)
		return 0;
	return start(vm, true) < 0 ? -1 : 1;
}

/* Written while it was paused, or for an earlier daemon. */
static void entered(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (waits(vm) && vm->plugging == NULL)
		start(vm, false);
}

static int boots(struct zone *z, struct zone_request *r)
{
	(void)r;
	vm_of(z)->vcpus_tried = vm_of(z)->vcpus.n;
	return 0;
}

const struct zone_part vcpus_part = {.begin = boots, .force = force, .entered = entered};
