/* Disks as files of the tree, and as QEMU has them: descriptors that the helper opened. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/change.h"
#include "protocol/start.h"
#include "vm/cdrom.h"
#include "vm/device.h"
#include "vm/disk.h"
#include "vm/hardware.h"
#include "vm/os.h"

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

/* ---- as rows ---- */

#define DISK(number, n)                                                                            \
	{                                                                                          \
		number, "disk" #n, 0644, ROW_NEXT_BOOT | ROW_OWNERS | ROW_AUTHOR,                  \
		    "path=FILE or image=NAME, with format= bus= readonly= size=; or none",         \
		    .kind = &kind_keyed, .keyed = &disk_line,                                      \
		    .off = offsetof(struct vm, disks[n]),                                          \
		    .wanted = "give path=FILE or image=NAME, format=raw|qcow2 "                    \
			      "bus=virtio|sata|ide|nvme readonly=on|off size=N, or none",          \
		    .check = disk_check, .paths = disk_paths,                                      \
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

/* ---- as arguments ---- */

/* What the guest does not need any more is a hole in the file. */
#define DISCARD "discard=unmap"

/* Add a block node. QEMU knows a descriptor by the number of the set that it is in. */
static void add_node(
    struct args *a, int fd, const char *path, const char *what, unsigned disk, bool readonly)
{
	args_opt(a, "-add-fd", "fd=%d,set=%d", fd, fd);
	args_opt(a, "-blockdev",
	    "driver=%s,node-name=%s%u,filename=/dev/fdset/%d,read-only=%s," DISCARD,
	    vm_path_is_device(path) ? "host_device" : "file", what, disk, fd,
	    readonly ? "on" : "off");
}

/* Add the image, read-only, and the VM's layer over it. */
static void add_image(struct args *a, int fd, const struct disk *d, unsigned n)
{
	add_node(a, fd + 1, "", "base-file", n, true);
	args_opt(a, "-blockdev", "driver=%s,node-name=base%u,file=base-file%u,read-only=on",
	    image_find(d->image)->is.format == DISK_QCOW2 ? "qcow2" : "raw", n, n);
	add_node(a, fd, d->path, "file", n, d->readonly);
	args_opt(a, "-blockdev",
	    "driver=qcow2,node-name=disk%u,file=file%u,backing=base%u,read-only=%s," DISCARD, n, n,
	    n, d->readonly ? "on" : "off");
}

static void add_path(struct args *a, int fd, const struct disk *d, unsigned n)
{
	add_node(a, fd, d->path, "file", n, d->readonly);
	if (d->format == FORMAT_RAW)
		args_opt(a, "-blockdev",
		    "driver=raw,node-name=disk%u,file=file%u,read-only=%s," DISCARD, n, n,
		    d->readonly ? "on" : "off");
	else /* no backing file, whatever the header says by now */
		args_opt(a, "-blockdev",
		    "{\"driver\":\"qcow2\",\"node-name\":\"disk%u\",\"file\":\"file%u\","
		    "\"backing\":null,\"read-only\":%s,\"discard\":\"unmap\"}",
		    n, n, d->readonly ? "true" : "false");
}

/* The device of a disk, the caller's; `before`: how many disks the same bus has already. */
static json_t *disk_device(const struct vm *vm, unsigned n, unsigned before)
{
	const struct disk *d = vm->disks[n].v.p;
	const struct disk_bus *bus = machine_bus(vm->machine.n, disk_bus(vm, d));
	const char *name = disk_rows[n].name;
	json_t *device = device_new(bus->device, name);
	json_object_set_new(device, "drive", json_string(name));
	json_object_set_new(device, "serial", json_string(name));
	device_bootindex(device, vm, BOOT_DISK, n);
	if (bus->at != NULL)
		device_unit(device, bus, before);
	else
		device_place(device, vm, PORT_DISK, n);
	if (bus->waits) {
		json_object_set_new(device, "werror", json_string("stop"));
		json_object_set_new(device, "rerror", json_string("stop"));
	}
	return device;
}

/* A bus that the machine has not by itself comes with its first disk. */
static void add_disk_device(struct args *a, const struct vm *vm, unsigned n, unsigned before)
{
	const struct disk *d = vm->disks[n].v.p;
	const struct disk_bus *bus = machine_bus(vm->machine.n, disk_bus(vm, d));
	if (bus->controller != NULL && before == 0)
		args_opt(a, "-device", "%s", bus->controller);
	args_device(a, disk_device(vm, n, before));
}

void disks_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	unsigned on[BUSES] = {0};
	int fd = ZONE_FD_FILES;
	for (const struct helper_vm_file *f = files->list; f < files->list + files->n; f++) {
		const struct disk *d = vm->disks[f->disk].v.p;
		if (!vm_file_is_disk(f)) {
			fd += vm_file_fds(f);
			continue;
		}
		(f->image != 0 ? add_image : add_path)(a, fd, d, f->disk);
		add_disk_device(a, vm, f->disk, on[disk_bus(vm, d)]++);
		fd += vm_file_fds(f);
	}
}
