/* Memory that comes and goes while the guest runs. QEMU is told how much the guest shall have of
 * the device (memdev.h), and the guest takes it or gives it back block by block, as far as it can.
 *
 * A limit that is ram and what QEMU needs, as memory.max is none, is raised before and lowered
 * after. It is also what bounds a guest that writes to memory that it was not given: QEMU maps all
 * of the device.
 *
 * The guest has its part of the device by its own will. It is without it from a reset on until its
 * driver is loaded again, which is no new value that waits: status tells it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/change.h"
#include "fs/settings.h"
#include "vm/ask.h"
#include "vm/guest.h"
#include "vm/hardware.h"
#include "vm/memdev.h"
#include "vm/ram.h"
#include "zone/force.h"
#include "zone/parts.h"
#include "zone/pending.h"

/* WAIT_MSEC: a write waits so long for the guest. LOOK_USEC: the guest may change what it has as
 * often as it likes; it is looked at no sooner. */
enum { WAIT_MSEC = 10000, LOOK_USEC = 200000 };

#define SUMMARY "{\"execute\":\"query-memory-size-summary\"}"
#define DEVICES "{\"execute\":\"query-memory-devices\"}"

/* A look at what the guest has, and bringing it to what is wanted, which may become another size
 * meanwhile. One at a time for each VM (vm::sizing). */
struct sizing {
	struct vm *vm;
	bool forced; /* a change waits for it: zone_forced() */
	bool anew; /* the wanted size has changed */
	struct memdev is;
	uint64_t request; /* of the device, in bytes */
};

static int begin(struct sizing *q);

/* ---- the limit ---- */

/* Make the unset limit fit a guest with so much memory. Of a VM that an older warren booted it is
 * not known what else is in it. */
static int limit_fit(struct vm *vm, uint64_t bytes)
{
	struct limited *l = &vm->z.l;
	bytes = machine_ram(bytes) + vm->beside;
	return vm->beside == 0 || bytes == l->memory_unset ? 0 : limits_unset_memory(l, bytes);
}

/* The guest has no more than this, nor can it get more. */
static void limit_follow(const struct sizing *q)
{
	const struct memdev *m = &q->is;
	if (limit_fit(q->vm, m->base + (m->requested > m->plugged ? m->requested : m->plugged)) < 0)
		log_info("%s: memory.max stays: %s", q->vm->z.l.obj.name, err_text());
}

/* ---- the end of it ---- */

static bool waits(struct vm *vm)
{
	const char *now = pending_booted(&vm->z, &ram_rows[RAM]);
	char *text = settings_row_text(&vm->z.l.obj, &ram_rows[RAM]);
	bool other = now == NULL || strcmp(now, text) != 0;
	free(text);
	return other;
}

/* Note what is in force. False: that was known. */
static bool note(struct sizing *q)
{
	struct vm *vm = q->vm;
	bool gives = memdev_gives(&q->is, vm->ram.n), waited = waits(vm);
	char text[32];
	if (q->is.max == 0 || (!waited && (gives || !q->forced)))
		return false;
	snprintf(text, sizeof(text), "%" PRIu64 "\n", gives ? vm->ram.n : vm->ram_has);
	const char *now = pending_booted(&vm->z, &ram_rows[RAM]);
	if (now != NULL && strcmp(now, text) == 0)
		return false;
	pending_now(&vm->z, &ram_rows[RAM], text);
	return true;
}

static void end(struct sizing *q, const struct err *e)
{
	struct vm *vm = q->vm;
	bool forced = q->forced, new = note(q);
	vm->sizing = NULL;
	free(q);
	if (new && !forced)
		change_save(&vm->z.l.obj);
	if (forced)
		zone_forced(&vm->z, &ram_part, e);
	else
		guest_settle(&vm->z);
}

static void end_with_error(struct sizing *q)
{
	struct err e;
	err_copy(&e);
	end(q, &e);
}

/* ---- asking QEMU ---- */

static int look(struct sizing *q, const json_t *devices)
{
	struct vm *vm = q->vm;
	if (memdev_read(&q->is, devices) < 0)
		return -1;
	uint64_t has = q->is.base + q->is.plugged;
	if (has != vm->ram_has)
		obj_changed(&vm->z.l.obj);
	vm->ram_has = has;
	limit_follow(q);
	return 1;
}

static int look_until(void *arg, const json_t *devices)
{
	struct sizing *q = arg;
	if (look(q, devices) < 0)
		return -1;
	return q->anew || q->is.plugged == q->request;
}

/* The guest may go on by itself; its monitor tells of it then. */
static void waited(void *arg, int result)
{
	struct sizing *q = arg;
	if (result < 0 || !q->anew || begin(q) < 0)
		end(q, NULL);
}

static void requested(void *arg, int result)
{
	struct sizing *q = arg;
	if (result < 0)
		limit_follow(q);
	if (result < 0 || ask(q->vm, DEVICES, WAIT_MSEC, look_until, waited, q) < 0)
		end_with_error(q);
}

static void request(struct sizing *q)
{
	char command[128];
	snprintf(command, sizeof(command),
	    "{\"execute\":\"qom-set\",\"arguments\":{\"path\":\"" MEMDEV
	    "\",\"property\":\"requested-size\",\"value\":%" PRIu64 "}}",
	    q->request);
	bool more = q->request > q->is.requested;
	if ((more && limit_fit(q->vm, q->is.base + q->request) < 0) ||
	    ask(q->vm, command, 0, NULL, requested, q) < 0)
		end_with_error(q);
}

static int look_at_devices(void *arg, const json_t *devices)
{
	return look(arg, devices);
}

static void looked(void *arg, int result)
{
	struct sizing *q = arg;
	q->request = memdev_request(&q->is, q->vm->ram.n);
	if (result < 0)
		end_with_error(q);
	else if (q->request != q->is.requested)
		request(q);
	else
		end(q, NULL);
}

static int look_at_summary(void *arg, const json_t *summary)
{
	struct sizing *q = arg;
	return memdev_read_base(&q->is, summary) < 0 ? -1 : 1;
}

static void base_known(void *arg, int result)
{
	struct sizing *q = arg;
	if (result < 0 || ask(q->vm, DEVICES, 0, look_at_devices, looked, q) < 0)
		end_with_error(q);
}

static int begin(struct sizing *q)
{
	q->anew = false;
	return ask(q->vm, SUMMARY, 0, look_at_summary, base_known, q);
}

static int start(struct vm *vm, bool forced)
{
	struct sizing *q = vm->sizing;
	if (q == NULL) {
		q = xcalloc(1, sizeof(*q));
		q->vm = vm;
		if (begin(q) < 0) {
			free(q);
			return -1;
		}
		vm->sizing = q;
	} else {
		q->anew = true;
	}
	q->forced = forced;
	vm->ram_tried = vm->ram.n;
	return 0;
}

/* ---- as a part of its VM ---- */

/* Was it booted with such a device? True also where that is not known. */
static bool may_change(struct zone *z)
{
	const char *max = pending_booted(z, &ram_rows[RAM_MAX]);
	return z->state == ZONE_RUNNING && z->link != NULL &&
	       (max == NULL || strcmp(max, "none\n") != 0);
}

static int force(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (!may_change(z) || vm->ram_tried == vm->ram.n)
		return 0;
	return start(vm, true) < 0 ? -1 : 1;
}

static void look_now(void *arg)
{
	struct vm *vm = arg;
	loop_close(&vm->sizing_timer);
	if (may_change(&vm->z) && vm->sizing == NULL)
		start(vm, false);
}

/* The guest has taken or given something, was resumed, or an earlier daemon booted it. */
static void entered(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (may_change(z) && vm->sizing == NULL && vm->sizing_timer == NULL)
		vm->sizing_timer = loop_after(LOOK_USEC, look_now, vm);
}

static int boots(struct zone *z, struct zone_request *r)
{
	struct vm *vm = vm_of(z);
	(void)r;
	vm->ram_tried = vm->ram.n;
	vm->ram_has = 0;
	return 0;
}

/* Before it was looked at it has what is in force. */
uint64_t ram_now(const struct vm *vm)
{
	const char *booted = pending_booted(&vm->z, &ram_rows[RAM]);
	if (vm->ram_has != 0)
		return vm->ram_has;
	return booted != NULL ? strtoull(booted, NULL, 10) : vm->ram.n;
}

static void status(struct zone *z, struct buf *b)
{
	if (zone_is_up(z))
		buf_printf(b, "ram %" PRIu64 "\n", ram_now(vm_of(z)));
	else
		buf_str(b, "ram -\n");
}

static void stop_looking(struct zone *z)
{
	loop_close(&vm_of(z)->sizing_timer);
}

const struct zone_part ram_part = {.begin = boots,
    .force = force,
    .entered = entered,
    .status = status,
    .end = stop_looking,
    .destroy = stop_looking};
