/* A watchdog (Intel's 6300ESB, QEMU's hw/watchdog/wdt_i6300esb.c): what happens when the guest,
 * which fed it before, stops doing so. */
#include <errno.h>

#include "vm/hardware.h"

enum { WATCHDOG_NONE };

static const char *const watchdogs[] = {"none", "reset", "halt", "pause", NULL};

/* What QEMU calls these. Its `shutdown` is the power button, which a guest that hangs does not
 * feel.
 */
static const char *const actions[] = {"none", "reset", "poweroff", "pause"};

int watchdog_check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	(void)r;
	if (vm->watchdog.n != WATCHDOG_NONE && !machine_get(vm->machine.n)->pci)
		return err_set(EINVAL,
		    "a microvm has no place for a watchdog: set watchdog to none, or another "
		    "machine");
	return 0;
}

const struct row watchdog_rows[] = {
    {204, "watchdog", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"none, reset, halt or pause: when the guest no longer feeds it", .kind = &kind_choice,
	.off = offsetof(struct vm, watchdog), .words = watchdogs,
	.wanted = "give none, reset, halt or pause", .check = watchdog_check},
    {0},
};

void watchdog_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	if (vm->watchdog.n == WATCHDOG_NONE)
		return;
	args_opt(a, "-device", "i6300esb");
	args_opt(a, "-action", "watchdog=%s", actions[vm->watchdog.n]);
}
