#include "vm/cdrom.h"
#include "vm/disk.h"
#include "vm/hardware.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fs/change.h"
#include "vm/agent.h"
#include "vm/devices.h"
#include "vm/display.h"
#include "vm/firmware.h"
#include "vm/guest.h"
#include "vm/kvm/accel.h"
#include "vm/kvm/kvm_stat.h"
#include "vm/nicplug.h"
#include "vm/os.h"
#include "vm/qemu.h"
#include "vm/qmp.h"
#include "vm/ram.h"
#include "zone/force.h"
#include "zone/net/nics.h"
#include "zone/object.h"
#include "zone/parts.h"
#include "zone/pause.h"
#include "zone/rows.h"

/* row::check: the machine has a place for everything. -1: EINVAL */
static int machine_check(struct obj *o, const struct row *r)
{
	if (firmware_check(o, r) < 0 || display_check(o, r) < 0 || tpm_check(o, r) < 0 ||
	    watchdog_check(o, r) < 0 || os_check(o, r) < 0 || devices_fit(vm_of(zone_of(o))) < 0)
		return -1;
	return cdrom_check(o, r);
}

#define FIELD(field) .off = offsetof(struct vm, field)

static const struct row vm_rows[] = {
    {130, "accel", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "auto, kvm or tcg; host tells what auto is",
	.kind = &kind_choice, FIELD(accel), .words = accel_words,
	.wanted = "give auto, kvm or tcg"},
    {131, "machine", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "auto, q35, pc or microvm",
	.kind = &kind_choice, FIELD(machine), .words = machine_words,
	.wanted = "give auto, q35, pc or microvm", .check = machine_check},
    {137, "qmp", 0600, ROW_OWNERS,
	"write a QMP command of QEMU's, read the answer from the same open file",
	.bytes = qmp_write, .stream = qmp_read, .example = "{\"execute\":\"query-status\"}"},
    {150, "kvm.stat", 0444, ROW_COUNTER,
	"QEMU's and KVM's own counters, those of its vcpus together; not under tcg",
	.show = kvm_stat_show},
    {0},
};

/* ---- the VM as a type ---- */

/* resize is last: a disk that has grown stays so, and nothing may refuse the change behind it. */
static const struct zone_part *const parts[] = {&accel_part, &agent_part, &ask_part, &qmp_part,
    &files_part, &tray_part, &usb_part, &model_part, &vcpus_part, &ram_part, &hotdisk_part,
    &hotmount_part, &nicplug_part, &guest_part, &identity_part, &display_part, &keys_part,
    &nvram_part, &screen_part, &tpm_part, &vm_mounts_part, &resize_part, NULL};

static const struct zone_kind kind_vm = {
    .dir = "vms",
    .parts = parts,
    .init = "QEMU",
    .uids = UID_COUNT_VM,
    .op = HELPER_VM_START,
    .request = sizeof(struct helper_vm_start),
    .monitor_starts = true,
    .init_reboots = true,
    .exit_is_off = true,
    .told = guest_told,
    .agent_told = agent_told,
    .exec_check = agent_check,
    .nics_look = nicplug_look,
    .pause = &pause_by_monitor,
    .orders = qemu_orders,
    .prepare = accel_prepare,
    .image = disk_image,
    .image_type = IMAGE_DISK,
};

static const struct row *const tables[] = {zone_common_rows, LIMITS_TABLES, vm_nic_rows, vcpus_rows,
    ram_rows, vm_rows, display_rows, model_rows, firmware_rows, nvram_rows, os_rows, tpm_rows,
    watchdog_rows, agent_rows, direct_rows, disk_rows, cdrom_rows, boot_rows, vm_mount_rows,
    device_rows, NULL};

static const struct type vm_type = {
    .name = "vm",
    .help = "A virtual machine. echo boot > ctl boots it; error says what was wrong.\n",
    .tables = tables,
    .save = zone_save,
    .load = zone_load,
    .state = zone_state_bit,
    .force = zone_force,
    .changed = zone_changed,
    .saved = zone_saved,
    .destroy = zone_destroy,
    .commands = vm_commands,
};

struct zone *vm_create(uint64_t id, const char *name, struct obj *parent, const struct row *slot)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	zone_setup(&vm->z, &kind_vm, id, name, parent, slot, &vm_type);
	vm->z.l.memory_fits = ram_fits;
	return &vm->z;
}
