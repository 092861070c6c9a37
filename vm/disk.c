/* What the line of a disk may say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/change.h"
#include "vm/vm.h"

const char *const disk_formats[] = {
    [FORMAT_RAW] = "raw", [FORMAT_QCOW2] = "qcow2", [FORMAT_QCOW2 + 1] = NULL};
const char *const disk_buses[] = {[BUS_VIRTIO] = "virtio",
    [BUS_SATA] = "sata",
    [BUS_IDE] = "ide",
    [BUS_NVME] = "nvme",
    [BUS_NVME + 1] = NULL};
static const char *const switches[] = {"off", "on", NULL};

static const struct key keys[] = {
    [DISK_PATH] = {"path", &key_text, KEY_FIELD(struct disk, path)},
    [DISK_IMAGE] = {"image", &key_text, KEY_FIELD(struct disk, image)},
    [DISK_FORMAT] = {"format", &key_choice, KEY_FIELD(struct disk, format), .words = disk_formats},
    [DISK_BUS] = {"bus", &key_choice, KEY_FIELD(struct disk, bus), .words = disk_buses},
    [DISK_READONLY] = {"readonly", &key_choice, KEY_FIELD(struct disk, readonly),
	.words = switches},
    [DISK_SIZE] = {"size", &key_size, KEY_FIELD(struct disk, size), .min = 1,
	.max = UINT64_C(1) << 50, .wanted = "give size=N, 1..1024T, or leave it out"},
    {0},
};

/* What an image knows by itself. */
static int image_fits(const struct row *r, const struct disk *d)
{
	if (keyed_has(d, DISK_PATH))
		return err_set(EINVAL, "path= and image= are both there: %s", r->wanted);
	if (keyed_has(d, DISK_FORMAT) || keyed_has(d, DISK_SIZE))
		return err_set(
		    EINVAL, "an image has its own format and size: give image=NAME alone");
	return 0;
}

static int fits(const struct row *r, void *line)
{
	const struct disk *d = line;
	if (keyed_has(d, DISK_IMAGE))
		return image_fits(r, d);
	if (d->path[0] != '/')
		return err_set(EINVAL, "it has no path= that begins with /: %s", r->wanted);
	if (keyed_has(d, DISK_SIZE) && d->format != FORMAT_RAW)
		return err_set(
		    EOPNOTSUPP, "size= makes raw files only: make this one with qemu-img create");
	return 0;
}

const struct keyed disk_line = {"a disk", sizeof(struct disk), keys, fits};

/* ---- on the machine ---- */

/* QEMU's ide-hd takes no block node that is read-only. */
static int bus_fits(const struct vm *vm, unsigned n, unsigned on[BUSES])
{
	const struct disk *d = vm->disks[n].v.p;
	const struct disk_bus *b = machine_bus(vm->machine.n, d->bus);
	const char *name = disk_buses[d->bus];
	if (b == NULL)
		return err_set(EINVAL,
		    "disk%u has bus=%s, and a microvm none but virtio: change one of them", n,
		    name);
	if (b->at != NULL && d->readonly)
		return err_set(EINVAL,
		    "disk%u: bus=%s has no disks that are readonly: give bus=virtio or bus=nvme", n,
		    name);
	if (b->at != NULL && ++on[d->bus] > b->buses * b->units)
		return err_set(EINVAL,
		    "disk%u: bus=%s has room for %u disks: give bus=virtio or bus=nvme", n, name,
		    b->buses * b->units);
	return 0;
}

int disks_fit(const struct vm *vm)
{
	unsigned on[BUSES] = {0};
	for (unsigned n = 0; n < VM_DISKS; n++)
		if (vm->disks[n].v.p != NULL && bus_fits(vm, n, on) < 0)
			return -1;
	return 0;
}

int disk_check(struct obj *o, const struct row *r)
{
	const struct authored *a = authored_of(o, r);
	const struct disk *d = a->v.p;
	images_used();
	if (d == NULL)
		return 0;
	if (keyed_has(d, DISK_IMAGE) && image_for(d->image, IMAGE_DISK, &a->by) == NULL)
		return -1;
	return disks_fit(vm_of(zone_of(o)));
}

int disk_check_machine(struct obj *o, const struct row *r)
{
	(void)r;
	return disks_fit(vm_of(zone_of(o)));
}

/* ---- what it names ---- */

int disk_paths(struct obj *o, const struct row *r, struct helper_proof *to)
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
