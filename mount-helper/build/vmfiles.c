#include "mount-helper/build/vmfiles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diskhead.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "mount-helper/build/tpm.h"
#include "mount-helper/build/uefi.h"
#include "mount-helper/build/vmdisk.h"
#include "mount-helper/build/vmmount.h"
#include "mount-helper/build/vmroot.h"
#include "mount-helper/kit/hostfile.h"
#include "mount-helper/kit/request.h"
#include "mount-helper/proof/seal.h"

/* Begin the error with the name of the file in the tree. */
static int error_name(const struct helper_vm_file *f)
{
	static const char *const names[] = {[USE_KERNEL] = "kernel",
	    [USE_INITRD] = "initrd",
	    [USE_UEFI] = "firmware",
	    [USE_TPM] = "tpm",
	    [USE_MOUNT_READ] = "mounts",
	    [USE_MOUNT_WRITE] = "mounts",
	    [USE_MOUNT_OWN] = "mounts"};
	if (f->file.use == USE_CDROM)
		return err_wrap(f->disk == 0 ? "cdrom" : "cdrom1");
	return vm_file_is_disk(f) ? err_wrap("disk%u", f->disk)
				  : err_wrap("%s", names[f->file.use]);
}

/* ---- the list ---- */

static bool is_same(const struct helper_vm_file *f, const struct helper_vm_file *g)
{
	if (vm_file_is_disk(f) || vm_file_is_mount(f))
		return vm_file_is_disk(f) == vm_file_is_disk(g) &&
		       vm_file_is_mount(f) == vm_file_is_mount(g) && f->disk == g->disk;
	return f->file.use == g->file.use && f->disk == g->disk;
}

static bool is_double(const struct helper_vm_file *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (is_same(&list[n], &list[i]))
			return true;
	return false;
}

static int list_check(const struct helper *h, uint64_t id, struct helper_vm_file *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!request_vm_file(&list[i]) || is_double(list, i))
			return err_set(EBADMSG, "the list of a VM's files is damaged");
		if (list[i].file.path[0] != '\0' &&
		    seal_check(h, id, &list[i].file, &list[i].seal) < 0)
			return error_name(&list[i]);
	}
	return 0;
}

int vmfiles_read(
    const struct helper *h, uint64_t id, int fd, unsigned n, struct helper_vm_file **list)
{
	size_t size = n * sizeof(**list);
	*list = xcalloc(n + 1, sizeof(**list));
	int r = pread(fd, *list, size, 0) == (ssize_t)size
		    ? list_check(h, id, *list, n)
		    : err_set(EBADMSG, "the list of a VM's files is damaged");
	if (r < 0) {
		free(*list);
		*list = NULL;
	}
	return r;
}

/* ---- opening ---- */

static int descriptors_open(struct boot *b, const struct helper_vm_file *f, int *to)
{
	if (f->file.use == USE_UEFI)
		return uefi_open(b, f->format, to);
	if (f->file.use == USE_TPM)
		return tpm_open(b, to);
	if (vm_file_is_mount(f))
		return vmmount_open(b, f, to);
	if (f->image != 0)
		return vmdisk_open(b, f, to);
	*to = hostfile_open(&f->file);
	return *to < 0 ? -1 : 0;
}

static int one_open(struct boot *b, const struct helper_vm_file *f)
{
	int *to = &b->files[b->nfiles];
	if (descriptors_open(b, f, to) < 0)
		return -1;
	if (f->file.use == USE_KERNEL || f->file.use == USE_INITRD)
		return vmroot_copy_add(b, f->file.use == USE_INITRD, *to);
	b->nfiles += vm_file_fds(f);
	return 0;
}

int vmfiles_open(struct boot *b)
{
	for (uint32_t i = 0; i < b->vm->files; i++)
		if (one_open(b, &b->given[i]) < 0)
			return error_name(&b->given[i]);
	return 0;
}

int vmfiles_open_path(const struct helper_vm_file *f)
{
	if (f->file.path[0] == '\0')
		return err_set(EBADMSG, "the list of a VM's files is damaged");
	int fd = hostfile_open(&f->file);
	return fd < 0 ? error_name(f) : fd;
}

/* ---- looking ---- */

/* By the magic numbers alone: whether a disk of qcow2 is whole is looked at without privilege. */
static int format_check(int fd, uint32_t format)
{
	const char *name = diskhead_format(fd);
	bool is_qcow2 = name != NULL && strcmp(name, "qcow2") == 0;
	if (format == DISK_QCOW2)
		return is_qcow2
			   ? 0
			   : err_set(EINVAL, "it is no disk of format qcow2: give another format=");
	if (name == NULL)
		return 0;
	if (is_qcow2)
		return err_set(EINVAL, "it is a disk of format qcow2, not raw: give format=qcow2, "
				       "or make it a raw one "
				       "with qemu-img convert");
	return err_set(
	    EINVAL, "it is a disk of format %s: make it one of qcow2 with qemu-img convert", name);
}

/* A disk of a given size may be made at the boot. */
static int one_look(const struct helper *h, uint64_t id, const struct helper_vm_file *f)
{
	struct helper_file file = f->file;
	if (f->file.use == USE_UEFI)
		return uefi_look(f->format);
	if (f->file.use == USE_TPM)
		return tpm_look();
	if (vm_file_is_mount(f))
		return vmmount_look(h, id, f);
	file.size = 0;
	cleanup_fd int fd = f->image != 0 ? vmdisk_image_open(h, f->image) : hostfile_open(&file);
	if (fd >= 0 && f->image == 0 && vm_file_is_disk(f) && format_check(fd, f->format) < 0)
		return -1;
	if (fd >= 0 && f->file.use == USE_DISK_WRITE && f->image == 0)
		return hostfile_fits(fd, &f->file);
	if (fd < 0 && err_code() == EBUSY) /* perhaps by this very VM, which has it alone */
		return 0;
	return fd < 0 && (f->file.size == 0 || f->image != 0 || err_code() != ENOENT) ? -1 : 0;
}

int vmfiles_look(const struct helper *h, uint64_t id, int fd, unsigned n)
{
	struct helper_vm_file *list;
	int r = vmfiles_read(h, id, fd, n, &list);
	for (unsigned i = 0; r == 0 && i < n; i++)
		if (one_look(h, id, &list[i]) < 0)
			r = error_name(&list[i]);
	if (r == 0)
		free(list);
	return r;
}

/* ---- looking at them ---- */

static int header_check(int fd, uint32_t format)
{
	uint64_t size;
	if (format_check(fd, format) < 0)
		return -1;
	return format == DISK_QCOW2 ? diskhead_qcow2(fd, &size) : 0;
}

int vmfiles_headers(const struct boot *b)
{
	const int *fd = b->files;
	for (uint32_t i = 0; i < b->vm->files; fd += vm_file_fds(&b->given[i++]))
		if ((vm_file_is_disk(&b->given[i]) && b->given[i].image == 0 &&
			header_check(*fd, b->given[i].format) < 0) ||
		    (b->given[i].file.use == USE_UEFI && uefi_check(fd) < 0))
			return error_name(&b->given[i]);
	return 0;
}
