#include "vm/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/mem.h"
#include "protocol/start.h"
#include "vm/bootorder.h"
#include "vm/cdrom.h"
#include "vm/disk.h"
#include "vm/devices.h"
#include "vm/firmware.h"
#include "vm/mounts.h"
#include "zone/parts.h"

static struct helper_vm_file *row_add(struct vm_files *to, enum helper_use use)
{
	struct helper_vm_file *f = &to->list[to->n++];
	f->file.use = use;
	return f;
}

static void path_set(struct helper_vm_file *f, const char *path, const struct authored *a)
{
	f->file.author = a->by;
	f->seal = proof_seal(a, 0);
	memccpy(f->file.path, path, '\0', sizeof(f->file.path) - 1);
}

/* Its image was looked up already, so that it exists. */
void files_disk(const struct vm *vm, unsigned n, struct helper_vm_file *to)
{
	const struct disk *d = vm->disks[n].v.p;
	to->file.use = d->readonly ? USE_DISK_READ : USE_DISK_WRITE;
	to->disk = n;
	to->file.size = d->size;
	if (keyed_has(d, DISK_IMAGE)) {
		const struct image *m = image_find(d->image);
		to->image = m->obj.id;
		to->file.size = m->is.disk_size;
	} else {
		to->format = d->format;
		path_set(to, d->path, &vm->disks[n]);
	}
}

void files_cdrom(const struct vm *vm, unsigned n, struct helper_vm_file *to)
{
	to->file.use = USE_CDROM;
	to->disk = n;
	path_set(to, vm->cdroms[n].v.s, &vm->cdroms[n]);
}

int files_fd(const struct vm_files *files, enum helper_use use)
{
	int fd = ZONE_FD_FILES;
	for (unsigned i = 0; i < files->n; fd += vm_file_fds(&files->list[i++]))
		if (files->list[i].file.use == use)
			return fd;
	return -1;
}

/* QEMU would look everywhere if it found none of what boot names. */
static bool can_boot(const struct vm *vm)
{
	bool disk = false, nic = false;
	for (int n = 0; n < VM_DISKS; n++)
		disk = disk || vm->disks[n].v.p != NULL;
	for (int n = 0; n < NICS; n++)
		nic = nic || vm->z.nics.set[n].v.p != NULL;
	return vm->kernel.v.s != NULL || (disk && bootorder_has(vm, BOOT_DISK)) ||
	       (cdroms_set(vm) > 0 && bootorder_has(vm, BOOT_CDROM)) ||
	       (nic && bootorder_has(vm, BOOT_NET));
}

/* Settings that come from a file were not looked at together when it was read: it may be another
 * version's. */
static int machine_fits(struct obj *o)
{
	const struct row *machine = row_by_name(o->type, "machine");
	return machine->check(o, machine);
}

int files_list(struct vm *vm, struct vm_files *to)
{
	*to = (struct vm_files){0};
	if (vm->kernel.v.s != NULL)
		path_set(row_add(to, USE_KERNEL), vm->kernel.v.s, &vm->kernel);
	if (vm->initrd.v.s != NULL && vm->kernel.v.s != NULL)
		path_set(row_add(to, USE_INITRD), vm->initrd.v.s, &vm->initrd);
	for (unsigned n = 0; n < VM_DISKS; n++)
		if (vm->disks[n].v.p != NULL)
			files_disk(vm, n, &to->list[to->n++]);
	for (unsigned n = 0; n < VM_CDROMS; n++)
		if (vm->cdroms[n].v.s != NULL)
			files_cdrom(vm, n, &to->list[to->n++]);
	if (machine_fits(&vm->z.l.obj) < 0)
		return -1;
	if (!can_boot(vm))
		return err_set(EINVAL, "it has nothing to boot from: set kernel, disk0 or cdrom, "
				       "or let boot name what it has");
	/* the firmware would find no disk, and say nothing */
	if (vm->kernel.v.s == NULL && !machine_get(vm->machine.n)->pci)
		return err_set(
		    EINVAL, "a microvm boots a kernel only: set kernel, or another machine");
	if (firmware_is_uefi(vm))
		row_add(to, USE_UEFI)->format = firmware_uefi(vm);
	if (vm->tpm.n != 0)
		row_add(to, USE_TPM);
	return vm_mounts_list(vm, to) < 0 ? -1 : devices_list(vm, to);
}

static int fill(struct zone *z, struct zone_request *r)
{
	struct vm_files *files = xcalloc(1, sizeof(*files));
	int result = files_list(vm_of(z), files);
	r->q.files = files->n;
	if (result == 0 &&
	    ((r->list = memfd_create("files", MFD_CLOEXEC)) < 0 ||
		fd_write_all(r->list, files->list, files->n * sizeof(files->list[0])) < 0))
		result = err_sys("list what QEMU is given");
	free(files);
	return result;
}

const struct zone_part files_part = {.fill = fill};
