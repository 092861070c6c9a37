/* NICs that come, change and go while the VM runs. Every change of a line, and a daemon that finds
 * the VM running, has QEMU asked what it has; what differs from the settings is taken away, then
 * the host's side of all is made, then what is missing is added. So nothing is believed that a
 * daemon before, or a guest, may have left half-way.
 *
 * A guest that does not let go of its device keeps it, with the host's side as it was, and the line
 * waits: for the guest, which is asked for a while, or for a boot. */
#include "vm/nicplug.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "fs/change.h"
#include "fs/settings.h"
#include "host/ask.h"
#include "vm/guest.h"
#include "vm/hardware.h"
#include "vm/nicforward.h"
#include "vm/nics.h"
#include "vm/nicseen.h"
#include "vm/os.h"
#include "vm/plugged.h"
#include "vm/ports.h"
#include "vm/unplug.h"
#include "zone/force.h"
#include "zone/net/nics.h"
#include "zone/parts.h"
#include "zone/pending.h"

enum { PROPERTY = 128 };

/* One at a time for each VM (vm::nicplug). Bit N is NIC N. */
struct nicplug {
	struct vm *vm; /* borrowed: its questions end before it goes */
	bool forced; /* a change waits for it: zone_forced() */
	bool anew; /* the lines have changed meanwhile */
	unsigned step, n; /* where it is: steps[step], for NIC n */
	struct nic_seen seen[NICS];
	struct helper_nic want[NICS];
	uint32_t ports; /* a q35's */
	uint32_t goes, comes; /* taken away; added. Both: another device */
	uint32_t stays; /* it differs, and can't be changed now */
	uint32_t pressed; /* the guest was asked to let go, and may do so at any time */
};

static void go_on(struct nicplug *q);
static void again(struct nicplug *q);

static bool in(uint32_t mask, unsigned n)
{
	return (mask >> n & 1) != 0;
}

/* ---- its end ---- */

/* The line as it is in force: a guest that was told another MTU keeps that. */
static void text_taken(struct nicplug *q, unsigned n)
{
	const struct row *r = &vm_nic_rows[n];
	const struct nic_line *set = q->vm->z.nics.set[n].v.p;
	struct buf text = {0};
	if (set == NULL || in(q->comes, n) || !os_has_virtio(q->vm) ||
	    set->nic.mtu == q->seen[n].mtu) {
		pending_taken(&q->vm->z, r);
		return;
	}
	struct nic_line line = *set;
	line.nic.mtu = q->seen[n].mtu;
	line.given &= ~(1U << NIC_KEY_MTU);
	line.given |= (unsigned)(line.nic.mtu != 0) << NIC_KEY_MTU;
	r->kind->format(r, &(union value){.p = &line}, &text);
	pending_now(&q->vm->z, r, buf_text(&text));
	buf_finish(&text);
}

static void settle(struct nicplug *q, const struct err *e)
{
	struct zone *z = &q->vm->z;
	if (q->forced) {
		q->forced = false;
		zone_forced(z, &nicplug_part, e);
		return;
	}
	if (e != NULL)
		log_warn("%s: network: %s", z->l.obj.name, e->text);
	change_save(&z->l.obj);
	guest_settle(z);
}

/* A VM that has ended meanwhile takes the lines with its next boot. */
static void end(struct nicplug *q, const struct err *e)
{
	q->vm->nicplug = NULL;
	settle(q, e != NULL && e->code != ESRCH ? e : NULL);
	free(q);
}

static void end_with_error(struct nicplug *q)
{
	struct err e;
	err_copy(&e);
	if (q->anew && e.code != ESRCH)
		again(q);
	else
		end(q, &e);
}

static int look_whether_it_goes(void *arg, const json_t *returned)
{
	const struct nicplug *q = arg;
	return q->anew || !unplug_lists(returned, vm_nic_rows[q->n].name);
}

static void watched(void *arg, int result)
{
	struct nicplug *q = arg;
	if (result > 0 || q->anew)
		again(q);
	else
		end(q, NULL);
}

/* Watch a guest that was asked to let go of its NIC. It may do so after the line came back, too. */
static int watch(struct nicplug *q)
{
	while (q->n < NICS && !(in(q->pressed, q->n) && q->seen[q->n].there))
		q->n++;
	if (q->n == NICS)
		return -1;
	if (in(q->goes, q->n))
		return unplug(
		    q->vm, vm_nic_rows[q->n].name, UNPLUG_WATCH_SECONDS, &q->anew, watched, q);
	return ask(
	    q->vm, UNPLUG_LIST, UNPLUG_WATCH_SECONDS * 1000, look_whether_it_goes, watched, q);
}

static void finish(struct nicplug *q)
{
	if (q->anew) {
		again(q);
		return;
	}
	for (unsigned n = 0; n < NICS; n++)
		if (!in(q->stays, n))
			text_taken(q, n);
	q->n = 0;
	settle(q, NULL);
	if (q->anew)
		again(q);
	else if (watch(q) < 0)
		end(q, NULL);
}

/* ---- asking QEMU ---- */

static void advance(struct nicplug *q)
{
	if (++q->n < NICS)
		return;
	q->n = 0;
	q->step++;
}

static void done(void *arg, int result)
{
	struct nicplug *q = arg;
	if (result < 0) {
		err_wrap("nic%u", q->n);
		end_with_error(q);
		return;
	}
	advance(q);
	go_on(q);
}

/* Whatever it said, as long as it says something. */
static void answered(void *arg, int result)
{
	done(arg, result < 0 && err_code() != ETIMEDOUT ? 0 : result);
}

static int tell(struct nicplug *q, const char *command, ask_look *look, ask_done *then)
{
	return ask(q->vm, command, 0, look, then, q) < 0 ? -1 : 1;
}

static int look_at_unnamed(void *arg, const json_t *returned)
{
	struct nicplug *q = arg;
	if (nicseen_unnamed(returned))
		q->stays = NICS_ALL;
	return 1;
}

static int look_at_list(void *arg, const json_t *returned)
{
	struct nicplug *q = arg;
	uint32_t there = plugged_devices(returned, "nic", NULL);
	q->ports = plugged_devices(returned, "port-nic", "pcie-root-port");
	memset(q->seen, 0, sizeof(q->seen));
	for (unsigned n = 0; n < NICS; n++)
		q->seen[n].there = in(there, n);
	return 1;
}

static int look_at_mac(void *arg, const json_t *returned)
{
	struct nicplug *q = arg;
	nicseen_mac(returned, &q->seen[q->n]);
	return 1;
}

static int look_at_netdev(void *arg, const json_t *returned)
{
	struct nicplug *q = arg;
	nicseen_netdev(returned, &q->seen[q->n]);
	return 1;
}

static int look_at_mtu(void *arg, const json_t *returned)
{
	struct nicplug *q = arg;
	nicseen_mtu(returned, &q->seen[q->n]);
	return 1;
}

static int property_ask(struct nicplug *q, unsigned n, const char *name, ask_look *look)
{
	char command[PROPERTY];
	if (!q->seen[n].there)
		return 0;
	snprintf(command, sizeof(command),
	    "{\"execute\":\"qom-get\",\"arguments\":{\"path\":\"/machine/peripheral/nic%u\","
	    "\"property\":\"%s\"}}",
	    n, name);
	return tell(q, command, look, answered);
}

/* ---- steps: 1 go_on is called later, 0 nothing to do, -1 refused ---- */

static int list_unnamed(struct nicplug *q, unsigned n)
{
	static const char command[] =
	    "{\"execute\":\"qom-list\",\"arguments\":{\"path\":\"/machine/peripheral-anon\"}}";
	return n == 0 ? tell(q, command, look_at_unnamed, answered) : 0;
}

static int list(struct nicplug *q, unsigned n)
{
	return n == 0 ? tell(q, UNPLUG_LIST, look_at_list, done) : 0;
}

static int mac_ask(struct nicplug *q, unsigned n)
{
	return property_ask(q, n, "mac", look_at_mac);
}

static int netdev_ask(struct nicplug *q, unsigned n)
{
	return property_ask(q, n, "netdev", look_at_netdev);
}

static int mtu_ask(struct nicplug *q, unsigned n)
{
	return os_has_virtio(q->vm) ? property_ask(q, n, "host_mtu", look_at_mtu) : 0;
}

/* Has the machine that runs a place for this NIC? It may not be that of the settings, or one of an
 * older warren. */
static bool has_place(struct nicplug *q, unsigned n)
{
	struct vm *vm = q->vm;
	const struct type *t = vm->z.l.obj.type;
	struct port at;
	if (pending_waits(&vm->z, row_by_name(t, "machine")) ||
	    pending_waits(&vm->z, row_by_name(t, "os")))
		return false;
	return port_of(vm, PORT_NIC, n, os_nic(vm), &at) &&
	       (machine_get(vm->machine.n)->places != PLACES_PORTS || in(q->ports, n));
}

static int decide(struct nicplug *q, unsigned n)
{
	const struct nic_seen *s = &q->seen[n];
	const struct helper_nic *want = &q->want[n];
	uint32_t bit = 1U << n;
	if (in(q->stays, n))
		return 0;
	bool same =
	    s->kind == (enum nic_kind)want->kind && memcmp(s->mac, want->mac, MAC_BYTES) == 0;
	if (s->there && !same)
		q->goes |= bit;
	if (want->kind != NIC_NONE && !(s->there && same))
		q->comes |= bit;
	if (!has_place(q, n) || (in(q->goes, n) && q->vm->z.state != ZONE_RUNNING))
		q->stays |= (q->goes | q->comes) & bit;
	return 0;
}

static void let_go(void *arg, int result)
{
	struct nicplug *q = arg;
	uint32_t bit = 1U << q->n;
	if (result > 0) {
		q->pressed &= ~bit;
		q->seen[q->n].there = false;
	} else {
		q->stays |= bit;
		q->comes &= ~bit;
	}
	answered(q, result);
}

/* One guest that does not let go of one NIC is not waited for with each. */
static int take_away(struct nicplug *q, unsigned n)
{
	unsigned seconds = (q->stays & q->goes) == 0 ? UNPLUG_SECONDS : 1;
	if (!in(q->goes & ~q->stays, n))
		return 0;
	q->pressed |= 1U << n;
	return unplug(q->vm, vm_nic_rows[n].name, seconds, NULL, let_go, q) < 0 ? -1 : 1;
}

static int netdev_drop(struct nicplug *q, unsigned n, const char *kind)
{
	char command[PROPERTY];
	if (!in((q->goes | q->comes) & ~q->stays, n))
		return 0;
	snprintf(command, sizeof(command),
	    "{\"execute\":\"netdev_del\",\"arguments\":{\"id\":\"%s%u\"}}", kind, n);
	return tell(q, command, NULL, answered);
}

/* QEMU has at most one of them; one without a device was left by a daemon that died. */
static int tap_drop(struct nicplug *q, unsigned n)
{
	return netdev_drop(q, n, "tap");
}

static int user_drop(struct nicplug *q, unsigned n)
{
	return netdev_drop(q, n, "user");
}

static void host_made(void *arg, const struct helper_reply *reply, int fd)
{
	struct nicplug *q = arg;
	fd_close(&fd);
	if (reply->err.code != 0) {
		err_restore(&reply->err);
		end_with_error(q);
		return;
	}
	answered(q, 1);
}

static int host_make(struct nicplug *q, unsigned n)
{
	if (n > 0 || q->stays == NICS_ALL)
		return 0;
	nics_ask_vm(&q->vm->z, q->want, NICS_ALL & ~q->stays, q->comes & ~q->stays, host_made, q);
	return 1;
}

/* arguments: freed here. */
static int add(struct nicplug *q, const char *command, json_t *arguments)
{
	json_t *whole = json_pack("{s:s, s:o}", "execute", command, "arguments", arguments);
	char *text = json_dumps(whole, JSON_COMPACT);
	int r = text != NULL ? tell(q, text, NULL, done) : err_set(ENOMEM, "out of memory");
	free(text);
	json_decref(whole);
	return r;
}

static int netdev_add(struct nicplug *q, unsigned n)
{
	return in(q->comes & ~q->stays, n) ? add(q, "netdev_add", nic_netdev(q->vm, n)) : 0;
}

static int device_add(struct nicplug *q, unsigned n)
{
	return in(q->comes & ~q->stays, n) ? add(q, "device_add", nic_device(q->vm, n)) : 0;
}

/* A line whose ports are the same leads where it did. */
static int forwards_set(struct nicplug *q, unsigned n)
{
	bool kept = q->want[n].kind == NIC_USER && !in(q->comes | q->stays, n);
	if (!kept || !pending_waits(&q->vm->z, &vm_nic_rows[n]))
		return 0;
	return nicforward_set(q->vm, n, done, q) < 0 ? -1 : 1;
}

/* Each is taken for all NICs before the next begins. */
static int (*const steps[])(struct nicplug *q, unsigned n) = {list_unnamed, list, mac_ask,
    netdev_ask, mtu_ask, decide, take_away, tap_drop, user_drop, host_make, netdev_add, device_add,
    forwards_set};

static void go_on(struct nicplug *q)
{
	while (q->step < NELEM(steps)) {
		int r = steps[q->step](q, q->n);
		if (r > 0)
			return;
		if (r < 0) {
			end_with_error(q);
			return;
		}
		advance(q);
	}
	finish(q);
}

/* ---- when ---- */

static int begin(struct nicplug *q)
{
	q->anew = false;
	q->step = q->n = 0;
	q->goes = q->comes = q->stays = 0;
	q->vm->z.nics.dirty = false;
	nics_wanted(&q->vm->z, q->want);
	return steps[0](q, 0);
}

static void again(struct nicplug *q)
{
	if (begin(q) < 0)
		end_with_error(q);
}

static int start(struct vm *vm, bool forced)
{
	struct nicplug *q = vm->nicplug;
	if (q != NULL) {
		q->anew = true;
		q->forced = q->forced || forced;
		return 1;
	}
	q = xcalloc(1, sizeof(*q));
	q->vm = vm;
	q->forced = forced;
	if (begin(q) < 0) {
		free(q);
		return -1;
	}
	vm->nicplug = q;
	return 1;
}

void nicplug_look(struct zone *z)
{
	start(vm_of(z), false);
}

static int force(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (!zone_is_up(z) || z->link == NULL || !z->nics.dirty)
		return 0;
	return start(vm, true);
}

static bool any_waits(struct vm *vm)
{
	bool any = false;
	for (unsigned n = 0; n < NICS; n++)
		any = any || pending_waits(&vm->z, &vm_nic_rows[n]);
	return any;
}

/* An earlier daemon left it running; or lines were written while it booted, or was paused. */
static void entered(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (!zone_is_up(z) || z->link == NULL || z->pid == 0 || vm->nicplug != NULL)
		return;
	if (z->nics.dirty || (z->state == ZONE_RUNNING && any_waits(vm)))
		start(vm, false);
}

static void destroy(struct zone *z)
{
	struct nicplug *q = vm_of(z)->nicplug;
	if (q != NULL)
		helper_forget(q);
	free(q);
}

const struct zone_part nicplug_part = {.force = force, .entered = entered, .destroy = destroy};
