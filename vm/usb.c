#include "vm/usb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/error.h"
#include "fs/settings.h"
#include "host/event.h"
#include "vm/ask.h"
#include "vm/device.h"
#include "vm/display.h"
#include "vm/give.h"
#include "vm/hardware.h"
#include "zone/force.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "zone/pending.h"

/* The daemon is in a network where nobody is, so that the kernel's messages about devices don't
 * reach it: it looks. STEPS: more than all lines can need. USB_SET: above the sets of disks. */
enum { LOOK_USEC = 1000000, STEPS = 4 * VM_DEVICES, USB_SET = 1 << 20 };

static const char query[] =
    "{\"execute\":\"qom-list\",\"arguments\":{\"path\":\"/machine/peripheral\"}}";

/* ---- what is told ---- */

static void tell(struct usb *u, const char *event)
{
	char more[sizeof(u->now.line) + 8];
	snprintf(more, sizeof(more), "device=%s", u->now.line);
	event_emit(&u->vm->z.l.obj, u->vm->z.kind->dir, event, more);
}

static bool is_pci(const char *line)
{
	return strncmp(line, "pci=", 4) == 0;
}

static void pci_lines_add(const char *text, struct buf *b)
{
	char *copy = xstrdup(text), *rest = copy;
	for (char *line; (line = word_line(&rest)) != NULL;)
		if (is_pci(line))
			buf_printf(b, "%s\n", line);
	free(copy);
}

/* Lines of USB are in force; those of PCI as at the boot. */
static void in_force_note(struct usb *u)
{
	struct zone *z = &u->vm->z;
	struct buf then = {0}, now = {0};
	struct device_line lines[VM_DEVICES];
	char *copy, *text = settings_row_text(&z->l.obj, device_rows);
	const char *booted = pending_booted(z, device_rows);
	pci_lines_add(booted != NULL ? booted : "", &then);
	pci_lines_add(text, &now);
	if (strcmp(buf_text(&then), buf_text(&now)) == 0) {
		pending_now(z, device_rows, text);
	} else {
		int n = usb_lines(u, &copy, lines);
		for (int i = 0; i < n; i++)
			buf_printf(&then, "%s\n", lines[i].text);
		pending_now(z, device_rows, buf_text(&then));
		free(copy);
	}
	free(text);
	buf_finish(&then);
	buf_finish(&now);
}

/* ---- a pass ---- */

static void watch(struct usb *u);
static bool is_late(const struct usb *u)
{
	return u->due || u->waiting;
}

static int pass_begin(struct usb *u, bool forced);

/* A pass for other lines than those that were written meanwhile has ended early. A VM that has
 * ended keeps the lines for its next boot. */
static void pass_end(struct usb *u, bool ok)
{
	struct zone *z = &u->vm->z;
	struct err e;
	if (!ok) /* a change of several files says which one it is */
		err_wrap("%s", device_rows[0].name);
	err_copy(&e);
	bool forced = u->forced || u->waiting, up = zone_is_up(z) && (ok || e.code != ESRCH);
	if (up && ok && !u->portless && !is_late(u))
		in_force_note(u);
	u->asked = u->forced = false;
	u->giving = 0;
	obj_changed(&z->l.obj);
	if (up && u->waiting && pass_begin(u, true) == 0)
		return;
	u->waiting = false;
	watch(u);
	if (forced)
		zone_forced(z, &usb_part, ok || !up ? NULL : &e);
}

static void looked(void *arg, int result);

static void look_again(struct usb *u)
{
	if (--u->steps == 0) {
		err_set(EIO, "QEMU does not do with its devices what it is told: reboot it");
		pass_end(u, false);
	} else if (ask(u->vm, query, 0, usb_look_at, looked, u) < 0) {
		pass_end(u, false);
	}
}

/* The writer is told by the refusal, which undoes the list; else who looks is told. */
static void failed(struct usb *u)
{
	struct obj *o = &u->vm->z.l.obj;
	if (u->forced && !u->undone) {
		pass_end(u, false);
		return;
	}
	if (is_late(u)) {
		look_again(u);
		return;
	}
	memmove(u->refused + 1, u->refused, sizeof(u->refused) - sizeof(u->refused[0]));
	u->refused[0] = u->now.code;
	if (usb_is_refused(u, u->now.code) && zone_is_up(&u->vm->z)) {
		log_warn("%s: %s", o->name, err_text());
		error_note(o, device_rows[0].name);
		tell(u, "device_refused");
	}
	pass_end(u, true);
}

/* ---- giving ---- */

/* QEMU has a copy of the descriptor where it could use it. */
static void forgotten(void *arg, int result)
{
	(void)result;
	look_again(arg);
}

static void refused(void *arg, int result)
{
	struct usb *u = arg;
	(void)result;
	err_set(EIO,
	    "%s: QEMU can't take it: unplug it and plug it in again, and see the host's "
	    "kernel log",
	    u->now.line);
	failed(u);
}

static void added(void *arg, int result)
{
	struct usb *u = arg;
	char command[96];
	if (result >= 0 && !u->forced)
		tell(u, "device_given");
	snprintf(command, sizeof(command),
	    "{\"execute\":\"remove-fd\",\"arguments\":{\"fdset-id\":%u}}", USB_SET + u->now.code);
	if (ask(u->vm, command, 0, NULL, result < 0 ? refused : forgotten, u) < 0)
		pass_end(u, false);
}

static void given(void *arg, const struct helper_reply *reply, int fd)
{
	struct usb *u = arg;
	char id[USB_ID], command[256];
	fd_close(&fd);
	if (reply->err.code != 0) {
		err_restore(&reply->err);
		failed(u);
		return;
	}
	usb_id(&u->now, id);
	snprintf(command, sizeof(command),
	    "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"usb-host\",\"bus\":"
	    "\"" USB_CONTROLLER ".0\",\"id\":\"%s\",\"hostdevice\":\"/dev/fdset/%u\"}}",
	    id, USB_SET + u->now.code);
	if (ask(u->vm, command, 0, NULL, added, u) < 0)
		pass_end(u, false);
}

/* It has as many ports as it can have. */
static json_t *controller_new(const struct vm *vm)
{
	json_t *device = device_new("qemu-xhci", USB_CONTROLLER);
	json_object_set_new(device, "p2", json_integer(15));
	json_object_set_new(device, "p3", json_integer(15));
	device_place(device, vm, PORT_USB, 0);
	return device;
}

static void controlled(void *arg, int result)
{
	struct usb *u = arg;
	u->portless = result < 0;
	look_again(u);
}

/* A guest that booted without any gets its controller with the first device. */
static int controller_add(struct usb *u)
{
	json_t *command =
	    json_pack("{s:s, s:o}", "execute", "device_add", "arguments", controller_new(u->vm));
	char *text = command != NULL ? json_dumps(command, JSON_COMPACT) : NULL;
	if (text == NULL) /* out of memory, as in base/mem.h */
		abort();
	int r = ask(u->vm, text, 0, NULL, controlled, u);
	free(text);
	json_decref(command);
	return r;
}

static int give_one(struct usb *u, const struct device_line *l, unsigned code)
{
	struct helper_vm_file *f = xcalloc(1, sizeof(*f));
	u->now.code = u->giving = code;
	snprintf(u->now.line, sizeof(u->now.line), "%s", l->text);
	devices_file(u->vm, l, f);
	f->disk = code;
	int r = give(u->vm, f, USB_SET + code, 0, given, u);
	free(f);
	return r;
}

/* A part of a line is another: usb=1-2 is none of usb=1-2.4. */
static bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);
	for (const char *at = text; (at = strstr(at, line)) != NULL; at += n)
		if ((at == text || at[-1] == '\n') && (at[n] == '\n' || at[n] == '\0'))
			return true;
	return false;
}

/* A line that is written while nothing is there for it is a slip, if it was not there before. */
static int absent_check(const struct usb *u, const struct device_line *l, const struct usb *taken)
{
	const char *booted = pending_booted(&u->vm->z, device_rows);
	bool was_there = booted != NULL && has_line(booted, l->text);
	if (!u->forced || u->undone || was_there)
		return 0;
	if (taken != NULL)
		return err_set(EEXIST, "%s: vms/%s has it: take it away there first", l->text,
		    taken->vm->z.l.obj.name);
	return err_set(
	    ENOENT, "%s: it is not plugged in: see lsusb, or lsusb -t for ports", l->text);
}

/* 1: it is being given; 0: nothing is to be; -1 */
static int give_next(struct usb *u)
{
	struct device_line lines[VM_DEVICES];
	const struct usb *taken;
	char *text;
	int r = 0, n = usb_lines(u, &text, lines);
	for (int i = 0; r == 0 && i < n; i++) {
		if (usb_has_line(u, lines[i].text))
			continue;
		unsigned code = usb_choose(&lines[i].is, &taken);
		if (code == 0)
			r = absent_check(u, &lines[i], taken);
		else if (!usb_is_refused(u, code) && !u->portless)
			r = (u->controller ? give_one(u, &lines[i], code) : controller_add(u)) < 0
				? -1
				: 1;
	}
	free(text);
	return r;
}

/* ---- taking away ---- */

static void taken_away(void *arg, int result)
{
	struct usb *u = arg;
	if (result == 0 || result == 1)
		if (usb_is_wanted(u, u->now.line))
			tell(u, "device_gone");
	look_again(u);
}

/* As give_next. */
static int take_next(struct usb *u)
{
	char id[USB_ID], command[128];
	int i = 0;
	while (i < u->n && usb_plugged(u->has[i].code) && usb_is_wanted(u, u->has[i].line))
		i++;
	if (i == u->n)
		return 0;
	u->now = u->has[i];
	usb_id(&u->now, id);
	snprintf(command, sizeof(command),
	    "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"%s\"}}", id);
	return ask(u->vm, command, 0, NULL, taken_away, u) < 0 ? -1 : 1;
}

/* ---- the next step ---- */

/* 1: there was something, and its end comes later; 0: all is as wanted; -1 */
static int step(struct usb *u)
{
	usb_look_around();
	int r = take_next(u);
	return r != 0 ? r : give_next(u);
}

static void looked(void *arg, int result)
{
	struct usb *u = arg;
	int r = result < 0 ? -1 : is_late(u) ? 0 : step(u);
	if (r <= 0)
		pass_end(u, r == 0);
}

static int pass_begin(struct usb *u, bool forced)
{
	if (ask(u->vm, query, 0, usb_look_at, looked, u) < 0)
		return -1;
	loop_close(&u->timer);
	u->asked = true;
	u->forced = forced;
	u->waiting = false;
	u->steps = STEPS;
	return 0;
}

/* ---- when ---- */

static void look_on(void *arg)
{
	struct usb *u = arg;
	loop_close(&u->timer);
	if (u->asked || u->due || !usb_is_due(u) || pass_begin(u, false) < 0)
		watch(u);
}

/* Look again a little later, while there is something to look for. */
static void watch(struct usb *u)
{
	struct device_line lines[VM_DEVICES];
	char *text;
	bool any = usb_lines(u, &text, lines) > 0 || u->n > 0;
	free(text);
	loop_close(&u->timer);
	if (any && zone_is_up(&u->vm->z))
		u->timer = loop_after(LOOK_USEC, look_on, u);
}

/* Whoever writes the same line again wants it tried again. */
int usb_apply(struct obj *o, const struct row *r)
{
	struct usb *u = vm_of(zone_of(o))->usb;
	(void)r;
	u->due = true;
	u->undone = change_number() == 0;
	memset(u->refused, 0, sizeof(u->refused));
	return 0;
}

static int force(struct zone *z)
{
	struct usb *u = vm_of(z)->usb;
	bool due = u->due && zone_is_up(z);
	u->due = false;
	if (!due)
		return 0;
	u->waiting = u->asked;
	return u->asked || pass_begin(u, true) == 0 ? 1 : -1;
}

/* ---- as a part of its VM ---- */

static void init(struct zone *z)
{
	struct usb *u = xcalloc(1, sizeof(*u));
	u->vm = vm_of(z);
	u->vm->usb = u;
	list_add_tail(&usb_all, &u->link);
}

static int begin(struct zone *z, struct zone_request *r)
{
	struct usb *u = vm_of(z)->usb;
	(void)r;
	u->n = 0;
	u->controller = u->portless = false;
	u->looked = true;
	memset(u->refused, 0, sizeof(u->refused));
	return 0;
}

/* A VM that an earlier daemon booted may have more than its lines say. */
static void entered(struct zone *z)
{
	struct usb *u = vm_of(z)->usb;
	struct device_line lines[VM_DEVICES];
	char *text;
	if (!zone_is_up(z) || z->link == NULL || u->asked || u->due)
		return;
	if (usb_lines(u, &text, lines) > 0 || !u->looked)
		pass_begin(u, false);
	free(text);
}

static void ended(struct zone *z)
{
	struct usb *u = vm_of(z)->usb;
	u->n = 0;
	loop_close(&u->timer);
}

static void status(struct zone *z, struct buf *b)
{
	const struct usb *u = vm_of(z)->usb;
	struct device_line lines[VM_DEVICES];
	size_t before = b->len;
	char *text;
	int n = usb_lines(u, &text, lines);
	buf_str(b, "devices_missing");
	before = b->len;
	for (int i = 0; zone_is_up(z) && u->looked && i < n; i++)
		if (!usb_has_line(u, lines[i].text))
			buf_printf(b, " %s", lines[i].text);
	buf_str(b, b->len == before ? " -\n" : "\n");
	free(text);
}

static void destroy(struct zone *z)
{
	struct usb *u = vm_of(z)->usb;
	helper_forget(u);
	list_del(&u->link);
	loop_close(&u->timer);
	free(u);
	vm_of(z)->usb = NULL;
}

const struct zone_part usb_part = {.init = init,
    .begin = begin,
    .entered = entered,
    .force = force,
    .end = ended,
    .status = status,
    .destroy = destroy};

/* ---- at a boot ---- */

/* A controller where something may be plugged into it. A tablet tells where the pointer is, so that
 * it is under that of the viewer's; a mouse would only tell how it moves. */
void usb_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	struct device_line lines[VM_DEVICES];
	char *text;
	bool shown = vm->display.n != DISPLAY_NONE, any = usb_lines(vm->usb, &text, lines) > 0;
	(void)files;
	if (any || shown)
		args_device(a, controller_new(vm));
	if (shown)
		args_opt(a, "-device", "usb-tablet,bus=" USB_CONTROLLER ".0");
	free(text);
}
