/* Disks as files of the tree. As QEMU has them: blockdev.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/change.h"
#include "vm/cdrom.h"
#include "vm/disk.h"
#include "vm/hardware.h"
#include "vm/hotdisk.h"
#include "vm/os.h"
#include "zone/pending.h"

/* ---- on the machine ---- */

unsigned disk_bus(const struct vm *vm, const struct disk *d)
{
	return keyed_has(d, DISK_BUS) ? d->bus : os_bus(vm);
}

/* QEMU's ide-hd takes no block node that is read-only. */
static int bus_fits(const struct vm *vm, const struct disk *d, unsigned on[BUSES])
{
	unsigned bus = disk_bus(vm, d);
	const struct disk_bus *b = machine_bus(vm->machine.n, bus);
	const char *name = disk_buses[bus];
	unsigned drives = bus == machine_get(vm->machine.n)->cdroms ? cdroms_set(vm) : 0;
	if (b == NULL)
		return err_set(
		    EINVAL, "a microvm has no bus=%s: give bus=virtio, or another machine", name);
	if (b->at != NULL && d->readonly)
		return err_set(EINVAL,
		    "bus=%s has no disks that are readonly: give bus=virtio or bus=nvme", name);
	unsigned room = b->buses * b->units - drives;
	if (b->at != NULL && ++on[bus] > room)
		return err_set(EINVAL,
		    "bus=%s has room for %u disks%s: give bus=virtio or bus=nvme", name, room,
		    drives > 0 ? " beside the CD-ROM drives" : "");
	return 0;
}

int disks_fit(const struct vm *vm, const struct row *r)
{
	unsigned on[BUSES] = {0};
	for (unsigned n = 0; n < VM_DISKS; n++) {
		const struct disk *d = vm->disks[n].v.p;
		if (d != NULL && bus_fits(vm, d, on) < 0)
			return r == &disk_rows[n] ? -1 : err_wrap("disk%u", n);
	}
	return 0;
}

static int disk_check(struct obj *o, const struct row *r)
{
	const struct authored *a = authored_of(o, r);
	const struct disk *d = a->v.p;
	images_used();
	if (d == NULL)
		return 0;
	if (d->readonly && keyed_has(d, DISK_SIZE))
		return err_set(EINVAL,
		    "a disk that is readonly does not grow: leave size= or readonly=on out");
	if (keyed_has(d, DISK_IMAGE) && image_for(d->image, IMAGE_DISK, &a->by) == NULL)
		return -1;
	return disks_fit(vm_of(zone_of(o)), r);
}

/* ---- what it names ---- */

static int disk_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	const struct disk *d = row_value(o, r)->p;
	if (d == NULL || !keyed_has(d, DISK_PATH))
		return 0;
	to->file.use = d->readonly ? USE_DISK_READ : USE_DISK_WRITE;
	to->file.size = d->size;
	memccpy(to->file.path, d->path, '\0', sizeof(to->file.path) - 1);
	return 1;
}

bool disk_image(struct zone *z, unsigned i, char name[NAME_LEN + 1])
{
	const struct disk *d = vm_of(z)->disks[i].v.p;
	if (d == NULL || !keyed_has(d, DISK_IMAGE))
		return false;
	snprintf(name, NAME_LEN + 1, "%s", d->image);
	return true;
}

/* The image of a line that is in force; 0: it has none, or one that is called otherwise now. */
static uint64_t image_of_line(const char *line)
{
	static const char key[] = "image=";
	char name[NAME_LEN + 1];
	if (line == NULL || strncmp(line, key, sizeof(key) - 1) != 0)
		return 0;
	line += sizeof(key) - 1;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, " \n"), line);
	const struct image *m = image_find(name);
	return m != NULL ? m->obj.id : 0;
}

void disks_images_settle(struct vm *vm)
{
	for (unsigned n = 0; n < VM_DISKS; n++)
		vm->z.image_ids[n] = image_of_line(pending_booted(&vm->z, &disk_rows[n]));
}

/* ---- as rows ---- */

#define DISK(number, n)                                                                            \
	{                                                                                          \
		number, "disk" #n, 0644, ROW_NEXT_BOOT | ROW_TRIED | ROW_OWNERS | ROW_AUTHOR,      \
		    "path=FILE or image=NAME, with format= bus= readonly= size=; or none",         \
		    .kind = &kind_keyed, .keyed = &disk_line,                                      \
		    .off = offsetof(struct vm, disks[n]),                                          \
		    .wanted = "give path=FILE or image=NAME, format=raw|qcow2 "                    \
			      "bus=virtio|sata|ide|nvme readonly=on|off size=N, or none",          \
		    .check = disk_check, .apply = hotdisk_apply, .paths = disk_paths,              \
		    .example = "path=/srv/lin.raw format=raw"                                      \
	}

const struct row disk_rows[] = {
    DISK(135, 0),
    DISK(138, 1),
    DISK(139, 2),
    DISK(140, 3),
    DISK(141, 4),
    DISK(142, 5),
    DISK(143, 6),
    DISK(144, 7),
    {0},
};
