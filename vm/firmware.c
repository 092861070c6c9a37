/* The firmware: that of a PC (SeaBIOS), or UEFI (OVMF) with its variables. */
#include "vm/firmware.h"

#include <errno.h>
#include <string.h>

#include "protocol/start.h"
#include "protocol/vm.h"
#include "vm/hardware.h"
#include "zone/pending.h"

enum { FIRMWARE_AUTO, FIRMWARE_BIOS, FIRMWARE_UEFI };

static const char *const firmwares[] = {"auto", "bios", "uefi", NULL};
static const char *const off_on[] = {"off", "on", NULL};

bool firmware_is_uefi(const struct vm *vm)
{
	return vm->firmware.n == FIRMWARE_UEFI || vm->secureboot.n != 0;
}

uint32_t firmware_uefi(const struct vm *vm)
{
	return vm->secureboot.n != 0 ? UEFI_SECURE : UEFI_PLAIN;
}

int firmware_check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	(void)r;
	if (firmware_is_uefi(vm) && vm->machine.n == MACHINE_MICROVM)
		return err_set(EINVAL,
		    "a microvm has a firmware of its own: set firmware to auto and secureboot to "
		    "off, or another machine");
	if (vm->secureboot.n == 0)
		return 0;
	if (vm->firmware.n == FIRMWARE_BIOS)
		return err_set(EINVAL,
		    "secureboot is UEFI's: set firmware to auto or uefi, or secureboot to off");
	if (vm->machine.n == MACHINE_PC)
		return err_set(EINVAL,
		    "secureboot needs memory that is the firmware's alone (SMM): set machine to "
		    "auto or q35, or secureboot to off");
	if (vm->kernel.v.s != NULL)
		return err_set(EINVAL,
		    "kernel is booted whoever signed it: set it to none, or secureboot to off");
	return 0;
}

#define FIELD(field) .off = offsetof(struct vm, field)

const struct row firmware_rows[] = {
    {200, "firmware", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"auto (bios, or uefi for secureboot), bios or uefi", .kind = &kind_choice, FIELD(firmware),
	.words = firmwares, .wanted = "give auto, bios or uefi", .check = firmware_check},
    {201, "secureboot", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"on or off: boots only what is signed, by Microsoft's keys", .kind = &kind_choice,
	FIELD(secureboot), .words = off_on, .wanted = "give on or off", .check = firmware_check},
    {0},
};

bool firmware_booted_secure(const struct vm *vm)
{
	const char *line = pending_booted(&vm->z, &firmware_rows[1]);
	return line != NULL ? strcmp(line, "on\n") == 0 : vm->secureboot.n != 0;
}

static void add_flash(struct args *a, const char *name, int fd, const char *format, bool readonly)
{
	const char *only = readonly ? "true" : "false";
	args_opt(a, "-add-fd", "fd=%d,set=%d", fd, fd);
	args_opt(a, "-blockdev",
	    "{\"driver\":\"file\",\"node-name\":\"%s-file\",\"filename\":\"/dev/fdset/%d\","
	    "\"read-only\":%s}",
	    name, fd, only);
	args_opt(a, "-blockdev",
	    "{\"driver\":\"%s\",\"node-name\":\"%s\",\"file\":\"%s-file\",%s\"read-only\":%s}",
	    format, name, name, readonly ? "" : "\"backing\":null,", only);
}

/* QEMU's docs/specs of the flash: 0 is the code, 1 the variables. With Secure Boot only the
 * firmware itself, in system management mode, may write these. */
void firmware_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	int fd = files_fd(files, USE_UEFI);
	if (fd < 0)
		return;
	add_flash(a, "uefi-code", fd, "raw", true);
	add_flash(a, "uefi-variables", fd + 1, "qcow2", false);
	args_opt(a, "-machine", "pflash0=uefi-code,pflash1=uefi-variables%s",
	    vm->secureboot.n != 0 ? ",smm=on" : "");
	if (vm->secureboot.n != 0)
		args_opt(a, "-global", "driver=cfi.pflash01,property=secure,value=on");
}
