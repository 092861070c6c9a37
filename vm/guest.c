#include "vm/guest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/word.h"
#include "fs/change.h"
#include "host/event.h"
#include "vm/disk.h"
#include "vm/hardware.h"
#include "vm/mounts.h"
#include "vm/words.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "zone/pending.h"

/* ---- what is told ---- */

/* For "diskN: ...": the path of that disk; NULL: it has none, or the settings have changed. */
static const char *path_of(const struct vm *vm, const char *text)
{
	unsigned n = strncmp(text, "disk", 4) == 0 ? (unsigned)(text[4] - '0') : VM_DISKS;
	const struct disk *d = n < VM_DISKS && text[5] == ':' ? vm->disks[n].v.p : NULL;
	return d != NULL && keyed_has(d, DISK_PATH) ? d->path : NULL;
}

/* A monitor knows no paths. */
static struct err with_path(const struct vm *vm, const struct err *why)
{
	char q[256];
	struct err e = *why;
	const char *path = path_of(vm, e.text);
	if (e.code != ENOSPC || path == NULL)
		return e;
	err_set(ENOSPC, "%.5s: no space left where %s is: make room, then resume", e.text,
	    word_quote(path, q, sizeof(q)));
	err_copy(&e);
	return e;
}

/* Emit an event for what the monitor counts. False: it was told already. */
static bool count_tell(
    struct zone *z, uint32_t *told, uint32_t counted, const char *event, const char *key)
{
	char more[32];
	if (*told == counted)
		return false;
	*told = counted;
	snprintf(more, sizeof(more), "%s=%" PRIu32, key, counted);
	event_emit(&z->l.obj, z->kind->dir, event, more);
	return true;
}

void guest_told(struct zone *z, const struct mon_event *e)
{
	struct vm *vm = vm_of(z);
	z->stopped = e->state == MON_PAUSED ? with_path(vm, &e->err) : (struct err){0};
	if (e->state == MON_ENDED && e->err.code != 0 && e->asked == 0 && z->why.code == 0) {
		z->why = e->err;
		z->failed = true;
		words_translate(vm, &z->why);
	}
	if (e->state == MON_FAILED && e->err.code == ENOTRECOVERABLE && zone_is_up(z))
		event_emit(&z->l.obj, z->kind->dir, "panicked", "");
	bool hung = count_tell(z, &vm->hangs, e->hangs, "hung", "hangs");
	bool lost = vm_mounts_told(vm, e->unserved), tpm = tpm_told(vm, e->unserved);
	if (count_tell(z, &vm->resets, e->resets, "reset", "resets") || hung || lost || tpm)
		change_save(&z->l.obj); /* so that the next daemon does not report it again */
}

/* ---- its own reboot ---- */

static void action_set(void *arg, int answer, const struct err *e)
{
	struct zone *z = arg;
	if (e->code != 0)
		log_warn("%s: a reboot from inside will not take its new settings: %s",
		    z->l.obj.name, e->text);
	if (answer >= 0)
		close(answer);
}

static bool something_waits(struct zone *z)
{
	struct buf names = {0};
	pending_names(z, &names);
	bool any = names.len > 0;
	buf_finish(&names);
	return any;
}

/* A reset within QEMU is quick, but keeps its settings. If settings wait, QEMU ends instead, and
 * its monitor asks for a reboot. */
int guest_settle(struct zone *z)
{
	static const char *const commands[] = {
	    "{\"execute\":\"set-action\",\"arguments\":{\"reboot\":\"reset\"}}",
	    "{\"execute\":\"set-action\",\"arguments\":{\"reboot\":\"shutdown\"}}",
	};
	struct vm *vm = vm_of(z);
	bool ends = something_waits(z);
	if (!zone_is_up(z) || vm->reset_ends == ends)
		return 0;
	const char *command = commands[ends];
	if (link_qmp(z, command, strlen(command), NULL, 0, action_set, z) < 0)
		return 0; /* it is ending */
	vm->reset_ends = ends;
	return 0;
}

/* ---- as a part of its VM ---- */

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	vm_of(z)->resets = vm_of(z)->hangs = 0;
	vm_of(z)->reset_ends = false;
	return 0;
}

/* Settings may have changed while it booted. */
static void entered(struct zone *z)
{
	guest_settle(z);
}

static void save(const struct zone *z, struct buf *b)
{
	const struct vm *vm = vm_of((struct zone *)(uintptr_t)z);
	if (zone_runs(z) && vm->resets != 0)
		buf_printf(b, "resets %" PRIu32 "\n", vm->resets);
	if (zone_runs(z) && vm->hangs != 0)
		buf_printf(b, "hangs %" PRIu32 "\n", vm->hangs);
}

static int load(struct zone *z, const char *key, char *value)
{
	uint64_t n;
	bool resets = strcmp(key, "resets") == 0;
	if (!resets && strcmp(key, "hangs") != 0)
		return 1;
	if (word_u64(value, "", &n) < 0)
		return -1;
	*(resets ? &vm_of(z)->resets : &vm_of(z)->hangs) = (uint32_t)n;
	return 0;
}

static void status(struct zone *z, struct buf *b)
{
	if (zone_is_up(z))
		buf_printf(b, "resets %" PRIu32 "\n", vm_of(z)->resets);
	else
		buf_str(b, "resets -\n");
}

const struct zone_part guest_part = {.begin = begin,
    .entered = entered,
    .force = guest_settle,
    .save = save,
    .load = load,
    .status = status};
