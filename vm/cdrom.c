#include "vm/cdrom.h"

#include <errno.h>
#include <string.h>

#include "fs/change.h"
#include "protocol/start.h"
#include "vm/device.h"
#include "vm/disk.h"
#include "vm/hardware.h"

_Static_assert(ZONE_FD_FILES + VM_FDS <= CDROM_SET, "sets of their own");

unsigned cdroms_set(const struct vm *vm)
{
	unsigned n = 0;
	for (unsigned i = 0; i < VM_CDROMS; i++)
		n += vm->cdroms[i].v.s != NULL;
	return n;
}

int cdrom_check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	if (cdroms_set(vm) > 0 && machine_get(vm->machine.n)->cdroms == BUSES)
		return err_set(EINVAL, "a microvm has no CD-ROM drive: give %s",
		    strcmp(r->name, "machine") == 0
			? "another machine, or none to cdrom and cdrom1 first"
			: "none, or another machine first");
	return disks_fit(vm, r);
}

static int cdrom_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	const char *path = row_value(o, r)->s;
	if (path == NULL)
		return 0;
	to->file.use = USE_CDROM;
	memccpy(to->file.path, path, '\0', sizeof(to->file.path) - 1);
	return 1;
}

#define CDROM(number, file, n, ...)                                                                \
	{                                                                                          \
		number, file, 0644,                                                                \
		    ROW_NEXT_BOOT | ROW_TRIED | ROW_OWNERS | ROW_AUTHOR | ROW_ANEW,                \
		    "what is in a CD-ROM drive: a path on the host, or none",                      \
		    .kind = &kind_path, .off = offsetof(struct vm, cdroms[n]),                     \
		    .wanted = "give a path that begins with /, or none", .check = cdrom_check,     \
		    .apply = tray_apply, .paths = cdrom_paths, __VA_ARGS__                         \
	}

const struct row cdrom_rows[] = {CDROM(145, "cdrom", 0, .example = "/srv/debian.iso"),
    CDROM(146, "cdrom1", 1, .example = NULL), {0}};

/* Add a drive. Drives have the last places of their bus, in their order: a guest's first one is
 * cdrom; `before`: how many it has already. The medium is no node of its own, so that QEMU closes
 * it when it is taken out. */
static void add_drive(
    struct args *a, const struct vm *vm, const char *name, int fd, unsigned n, unsigned before)
{
	const struct machine *m = machine_get(vm->machine.n);
	const struct disk_bus *bus = &m->buses[m->cdroms];
	unsigned place = bus->buses * bus->units - cdroms_set(vm) + before;
	args_opt(a, "-add-fd", "fd=%d,set=%u", fd, CDROM_SET + n);
	args_opt(a, "-drive",
	    "if=none,id=%s-drive,format=raw,readonly=on,media=cdrom,file=%s/dev/fdset/%u", name,
	    DEVICE_OF(vm->cdroms[n].v.s), CDROM_SET + n);
	json_t *drive = device_new("ide-cd", name);
	json_object_set_new(drive, "drive", json_sprintf("%s-drive", name));
	device_unit(drive, bus, place);
	device_bootindex(drive, vm, BOOT_CDROM, n);
	args_device(a, drive);
}

void cdrom_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	unsigned drives = 0;
	int fd = ZONE_FD_FILES;
	for (const struct helper_vm_file *f = files->list; f < files->list + files->n; f++) {
		if (f->file.use == USE_CDROM)
			add_drive(a, vm, cdrom_rows[f->disk].name, fd, f->disk, drives++);
		fd += vm_file_fds(f);
	}
}
