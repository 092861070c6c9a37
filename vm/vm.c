#include "vm/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fs/change.h"
#include "vm/kvm/kvm_stat.h"
#include "zone/force.h"
#include "zone/object.h"
#include "zone/parts.h"
#include "zone/pause.h"
#include "zone/rows.h"

static const char *const displays[] = {"none", NULL};

static int one_path(const char *path, enum helper_use use, struct helper_proof *to)
{
	if (path == NULL)
		return 0;
	to->file.use = use;
	memccpy(to->file.path, path, '\0', sizeof(to->file.path) - 1);
	return 1;
}

static int kernel_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	return one_path(row_value(o, r)->s, USE_KERNEL, to);
}

static int initrd_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	return one_path(row_value(o, r)->s, USE_INITRD, to);
}

#define FIELD(field) .off = offsetof(struct vm, field)

#define DISK(number, n)                                                                            \
	{                                                                                          \
		number, "disk" #n, 0644, ROW_NEXT_BOOT | ROW_OWNERS | ROW_AUTHOR,                  \
		    "path=FILE or image=NAME, with format= bus= readonly= size=; or none",         \
		    .kind = &kind_keyed, .keyed = &disk_line, FIELD(disks[n]),                     \
		    .wanted = "give path=FILE or image=NAME, format=raw|qcow2 "                    \
			      "bus=virtio|sata|ide|nvme readonly=on|off size=N, or none",          \
		    .check = disk_check, .paths = disk_paths,                                      \
		    .example = "path=/srv/lin.raw format=raw"                                      \
	}

const struct row vm_rows[] = {
    {128, "vcpus", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "virtual CPUs", .kind = &kind_number,
	FIELD(vcpus), .min = 1, .max = 255, .unset = "1", .wanted = "give 1..255"},
    {129, "ram", 0644, ROW_NEXT_BOOT, "its memory in bytes (K M G T are taken)", .kind = &kind_size,
	FIELD(ram), .min = 1 << 20, .max = UINT64_C(1) << 44, .unset = "256M",
	.wanted = "give bytes (1M..16T, with K, M, G or T)", .example = "1G"},
    {130, "accel", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "auto, kvm or tcg; host tells what auto is",
	.kind = &kind_choice, FIELD(accel), .words = accel_words,
	.wanted = "give auto, kvm or tcg"},
    {131, "machine", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "auto, q35, pc or microvm",
	.kind = &kind_choice, FIELD(machine), .words = machine_words,
	.wanted = "give auto, q35, pc or microvm", .check = disk_check_machine},
    {132, "kernel", 0644, ROW_NEXT_BOOT | ROW_OWNERS | ROW_AUTHOR,
	"a kernel on the host to boot; none: the firmware", .kind = &kind_path, FIELD(kernel),
	.wanted = "give a path that begins with /, or none", .paths = kernel_paths,
	.example = "/boot/vmlinuz"},
    {133, "initrd", 0644, ROW_NEXT_BOOT | ROW_OWNERS | ROW_AUTHOR, "its initial RAM disk, or none",
	.kind = &kind_path, FIELD(initrd), .wanted = "give a path that begins with /, or none",
	.paths = initrd_paths},
    {134, "append", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "its kernel's command line, or none",
	.kind = &kind_line, FIELD(append), .max = 2047,
	.wanted = "give one line of at most 2047 bytes, or none",
	.example = "console=ttyS0 root=/dev/vda1"},
    DISK(135, 0),
    DISK(138, 1),
    DISK(139, 2),
    DISK(140, 3),
    DISK(141, 4),
    DISK(142, 5),
    DISK(143, 6),
    DISK(144, 7),
    {136, "display", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "none", .kind = &kind_choice, FIELD(display),
	.words = displays, .wanted = "give none"},
    {137, "qmp", 0600, ROW_OWNERS,
	"write a QMP command of QEMU's, read the answer from the same open file",
	.bytes = qmp_write, .stream = qmp_read, .example = "{\"execute\":\"query-status\"}"},
    {150, "kvm.stat", 0444, ROW_COUNTER,
	"QEMU's and KVM's own counters, those of its vcpus together; not under tcg",
	.show = kvm_stat_show},
    {0},
};

/* ---- the VM as a type ---- */

static const struct zone_part *const parts[] = {&accel_part, &qmp_part, &files_part, NULL};

static const struct zone_kind kind_vm = {
    .dir = "vms",
    .parts = parts,
    .init = "QEMU",
    .uids = UID_COUNT_VM,
    .op = HELPER_VM_START,
    .request = sizeof(struct helper_vm_start),
    .monitor_starts = true,
    .nics_stay = true,
    .pause = &pause_by_monitor,
    .orders = qemu_orders,
    .prepare = accel_prepare,
    .image = disk_image,
    .image_type = IMAGE_DISK,
};

static const struct row *const tables[] = {
    zone_common_rows, LIMITS_TABLES, vm_nic_rows, vm_rows, NULL};

static const struct type vm_type = {
    .name = "vm",
    .help = "A virtual machine. echo boot > ctl boots it; error says what was wrong.\n",
    .tables = tables,
    .save = zone_save,
    .load = zone_load,
    .state = zone_state_bit,
    .force = zone_force,
    .changed = zone_changed,
    .destroy = zone_destroy,
};

struct zone *vm_create(uint64_t id, const char *name, struct obj *parent, const struct row *slot)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	zone_setup(&vm->z, &kind_vm, id, name, parent, slot, &vm_type);
	return &vm->z;
}
