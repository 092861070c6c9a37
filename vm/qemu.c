/* QEMU's command line, made from a VM's settings (qemu-system-x86_64(1)). QEMU sees none of the
 * host's paths: kernel and initrd lie in its root, disks are descriptors that the helper opened. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "protocol/start.h"
#include "vm/firmware.h"
#include "vm/hardware.h"
#include "vm/mounts.h"
#include "vm/os.h"
#include "vm/qemu.h"

/* The guest's memory goes neither into a core dump nor into pages shared with other VMs, as the
 * time of a write tells who else has such a page. kvmvapic is a ROM in the guest for the sake of
 * 32-bit Windows on processors without FlexPriority. */
static void machine_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	bool tcg = vm->accel_used == ACCEL_TCG;
	/* without a display the firmware and GRUB talk on the serial line then */
	bool silent = vm->display.n == DISPLAY_NONE && machine_get(vm->machine.n)->pci;
	args_opt(a, "-machine", "%s,dump-guest-core=off,mem-merge=off%s",
	    machine_get(vm->machine.n)->qemu, silent ? ",graphics=off" : "");
	args_opt(a, "-global", "driver=apic-common,property=vapic,value=off");
	if (tcg)
		args_opt(a, "-accel", "tcg,tb-size=%d", TCG_BUFFER_MIB);
	else
		args_opt(a, "-accel", "kvm");
	if (machine_get(vm->machine.n)->panic != NULL && os_panics(vm))
		args_opt(a, "-device", "%s", machine_get(vm->machine.n)->panic);
	args_opt(a, "-action", "panic=pause"); /* the daemon halts it then */
}

/* The console is a serial line, and metadata is asked for on the second; QMP goes to the monitor.
 */
static void channels_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)vm, (void)files;
	args_opt(a, "-chardev", "socket,id=console,fd=%d", ZONE_FD_CONSOLE);
	args_opt(a, "-serial", "chardev:console");
	/* not -serial: a microvm has one of those */
	args_opt(a, "-chardev", "socket,id=metadata,fd=%d", ZONE_FD_MDATA);
	args_opt(a, "-device", "isa-serial,chardev=metadata,index=1");
	args_opt(a, "-chardev", "socket,id=qmp,fd=%d", ZONE_FD_QMP);
	args_opt(a, "-mon", "chardev=qmp,mode=control");
}

uint64_t qemu_beside(const struct vm *vm)
{
	struct machine_parts parts = {.machine = machine_get(vm->machine.n),
	    .tcg = vm->accel_used == ACCEL_TCG,
	    .uefi = firmware_is_uefi(vm),
	    .tpm = vm->tpm.n != 0,
	    .vcpus = vcpus_places(vm),
	    .display = vm->display.n != DISPLAY_NONE};
	bool live = parts.machine->places != PLACES_NONE; /* all NICs may come while it runs */
	for (int n = 0; n < NICS; n++)
		parts.nics += live || vm->z.nics.set[n].v.p != NULL;
	for (int n = 0; n < VM_DISKS; n++)
		parts.disks += vm->disks[n].v.p != NULL;
	parts.mounts = vm_mounts_count(vm);
	return machine_beside(&parts);
}

/* In this order on the command line. */
static hardware_args *const hardware[] = {machine_args, ram_args, vcpus_args, model_args,
    balloon_args, channels_args, identity_args, boot_args, os_args, firmware_args, tpm_args,
    watchdog_args, direct_args, ports_args, disks_args, cdrom_args, vm_mounts_args, vm_nics_args,
    devices_args, display_args, usb_args, agent_args};

static uint32_t line_make(const struct vm *vm, const struct vm_files *files, struct buf *argv)
{
	struct args a = {argv, 0};
	args_word(&a, "/usr/bin/qemu-system-x86_64");
	args_opt(&a, "-name", "%s", vm->z.l.obj.name);
	args_word(&a, "-nodefaults");
	args_word(&a, "-no-user-config");
	args_opt(&a, "-sandbox",
	    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	for (size_t i = 0; i < NELEM(hardware); i++)
		hardware[i](&a, vm, files);
	return a.n;
}

int qemu_orders(struct zone *z, struct buf *argv, uint32_t *argc, struct buf *env, uint32_t *envc)
{
	struct vm_files *files = xcalloc(1, sizeof(*files));
	int r = files_list(vm_of(z), files);
	(void)env, (void)envc;
	if (r == 0)
		*argc = line_make(vm_of(z), files, argv);
	free(files);
	return r;
}
