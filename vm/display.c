/* VNC has no password here, and QEMU sees no directory: the helper makes the socket, whose owner
 * alone may connect, and QEMU is handed it by the monitor (monitor/vm/qmp.c). */
#include "vm/display.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "vm/hardware.h"
#include "vm/keys.h"
#include "vm/layout.h"
#include "vm/screen.h"
#include "zone/parts.h"
#include "zone/pending.h"

const char *display_run = "";

static const char *const displays[] = {"none", "vnc", NULL};

int display_check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	if (vm->display.n == DISPLAY_NONE || machine_get(vm->machine.n)->pci)
		return 0;
	if (strcmp(r->name, "display") == 0)
		return err_set(EINVAL, "a microvm has none: give none, or another machine first");
	return err_set(EINVAL, "a microvm has no display: give q35 or pc, or display=none first");
}

#define FIELD(field) .off = offsetof(struct vm, field)

const struct row display_rows[] = {
    {136, "display", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"none, or vnc: at a socket of its owner's, whose path is in status", .kind = &kind_choice,
	FIELD(display), .words = displays, .wanted = "give none or vnc", .check = display_check},
    {220, "screen.png", 0400, ROW_COUNTER | ROW_OWNERS,
	"what its display shows now, as a PNG; it needs display=vnc", .show = screen_show},
    {221, "keys", 0200, ROW_OWNERS, "keys for its keyboard: ctrl-alt-delete, or \"text\" in quotes",
	.bytes = keys_write, .example = "\"root\" ret"},
    {222, "keyboard", 0644, ROW_OWNERS, "the layout by which text becomes keys",
	.kind = &kind_choice, FIELD(keyboard), .words = layout_words, .unset = "us",
	.wanted = "give a layout as setxkbmap has it: us be br ch de dk es fi fr gb it latam no pl "
		  "pt se"},
    {0},
};

bool display_is_on(struct vm *vm)
{
	const char *line = pending_booted(&vm->z, &display_rows[0]);
	return line != NULL ? strcmp(line, "none\n") != 0 : vm->display.n != DISPLAY_NONE;
}

/* Every firmware and system knows this adapter. */
void display_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	args_opt(a, "-display", "none");
	if (vm->display.n == DISPLAY_NONE)
		return;
	args_opt(a, "-vnc", "none");
	args_opt(a, "-device", "VGA");
}

static int fill(struct zone *z, struct zone_request *r)
{
	r->q.vnc = vm_of(z)->display.n == DISPLAY_VNC;
	r->q.vnc_uid = r->q.vnc ? z->l.obj.attr.uid : 0;
	return 0;
}

static void status(struct zone *z, struct buf *b)
{
	if (zone_is_up(z) && display_is_on(vm_of(z)))
		buf_printf(b, "vnc %s/vnc/%" PRIu64 "\n", display_run, z->l.obj.id);
	else
		buf_str(b, "vnc -\n");
}

const struct zone_part display_part = {.fill = fill, .status = status};
