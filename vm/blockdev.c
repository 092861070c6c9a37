#include "vm/blockdev.h"

#include <stdlib.h>

#include "base/list.h"
#include "protocol/start.h"
#include "vm/cdrom.h"
#include "vm/commands.h"
#include "vm/device.h"
#include "vm/disk.h"
#include "vm/hardware.h"

_Static_assert(CDROM_SET + VM_CDROMS <= DISK_SET, "sets of their own");

/* ---- nodes ---- */

/* What the guest does not need any more is a hole in the file. */
static json_t *node(const char *driver, const char *name, unsigned n, bool readonly)
{
	json_t *node = json_pack("{s:s, s:o, s:b}", "driver", driver, "node-name",
	    json_sprintf("%s%u", name, n), "read-only", readonly);
	if (!readonly)
		json_object_set_new(node, "discard", json_string("unmap"));
	return node;
}

static json_t *file_node(const char *name, unsigned n, const char *path, unsigned set, bool ro)
{
	json_t *file = node(vm_path_is_device(path) ? "host_device" : "file", name, n, ro);
	json_object_set_new(file, "filename", json_sprintf("/dev/fdset/%u", set));
	return file;
}

/* A node with the format of the file below it. */
static json_t *format_node(
    const char *format, const char *name, const char *below, unsigned n, bool ro)
{
	json_t *top = node(format, name, n, ro);
	json_object_set_new(top, "file", json_sprintf("%s%u", below, n));
	return top;
}

/* The arguments of blockdev-add for each node, an array: the image, read-only, and the VM's layer
 * over it. No backing file but that, whatever a header
 * says by now. */
static json_t *disk_nodes(const struct vm *vm, unsigned n)
{
	const struct disk *d = vm->disks[n].v.p;
	const struct image *m = keyed_has(d, DISK_IMAGE) ? image_find(d->image) : NULL;
	bool qcow2 = m != NULL || d->format == FORMAT_QCOW2;
	json_t *nodes = json_array();
	if (m != NULL) {
		const char *format = m->is.format == DISK_QCOW2 ? "qcow2" : "raw";
		json_array_append_new(nodes, file_node("base-file", n, "", IMAGE_SET + n, true));
		json_array_append_new(nodes, format_node(format, "base", "base-file", n, true));
	}
	json_array_append_new(nodes, file_node("file", n, d->path, DISK_SET + n, d->readonly));
	json_t *top = format_node(qcow2 ? "qcow2" : "raw", "disk", "file", n, d->readonly);
	if (qcow2)
		json_object_set_new(
		    top, "backing", m != NULL ? json_sprintf("base%u", n) : json_null());
	json_array_append_new(nodes, top);
	return nodes;
}

/* ---- the device ---- */

/* The arguments of device_add, the caller's. before: how many disks its bus has already. */
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

/* ---- while it runs ---- */

/* The helper has looked that size= is not below the size it has. */
json_t *blockdev_coming(const struct vm *vm, unsigned n)
{
	const struct disk *d = vm->disks[n].v.p;
	json_t *list = json_array(), *nodes = disk_nodes(vm, n), *one;
	size_t i;
	json_array_foreach(nodes, i, one) {
		commands_add(list, "blockdev-add", json_incref(one));
	}
	json_decref(nodes);
	if (d->format == FORMAT_QCOW2 && keyed_has(d, DISK_SIZE) && !d->readonly)
		commands_add(list, "block_resize",
		    json_pack(
			"{s:s, s:I}", "node-name", disk_rows[n].name, "size", (json_int_t)d->size));
	commands_add(list, "device_add", disk_device(vm, n, 0));
	return list;
}

json_t *blockdev_closing(unsigned n)
{
	static const char *const nodes[] = {"disk", "base", "file", "base-file"};
	json_t *list = json_array();
	for (size_t i = 0; i < NELEM(nodes); i++)
		commands_add(list, "blockdev-del",
		    json_pack("{s:o}", "node-name", json_sprintf("%s%u", nodes[i], n)));
	commands_add(list, "remove-fd", json_pack("{s:i}", "fdset-id", DISK_SET + (int)n));
	commands_add(list, "remove-fd", json_pack("{s:i}", "fdset-id", IMAGE_SET + (int)n));
	return list;
}

/* ---- as arguments ---- */

static void nodes_args(struct args *a, json_t *nodes)
{
	size_t i;
	json_t *one;
	json_array_foreach(nodes, i, one) {
		char *text = json_dumps(one, JSON_COMPACT);
		args_opt(a, "-blockdev", "%s", text);
		free(text);
	}
	json_decref(nodes);
}

/* A bus that the machine has not by itself comes with its first disk. */
static void device_args(struct args *a, const struct vm *vm, unsigned n, unsigned before)
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
		if (vm_file_is_disk(f)) {
			unsigned n = f->disk, bus = disk_bus(vm, vm->disks[n].v.p);
			args_opt(a, "-add-fd", "fd=%d,set=%u", fd, DISK_SET + n);
			if (f->image != 0)
				args_opt(a, "-add-fd", "fd=%d,set=%u", fd + 1, IMAGE_SET + n);
			nodes_args(a, disk_nodes(vm, n));
			device_args(a, vm, n, on[bus]++);
		}
		fd += vm_file_fds(f);
	}
}
