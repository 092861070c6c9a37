#include "mount-helper/build/vmfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diskhead.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/kernelhead.h"
#include "base/mem.h"
#include "base/word.h"
#include "mount-helper/build/tpm.h"
#include "mount-helper/build/uefi.h"
#include "mount-helper/build/vmdevice.h"
#include "mount-helper/build/vmdisk.h"
#include "mount-helper/build/vmgrow.h"
#include "mount-helper/build/vmmount.h"
#include "mount-helper/build/vmroot.h"
#include "mount-helper/kit/aside.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/kit/hostfile.h"
#include "mount-helper/kit/request.h"
#include "mount-helper/proof/seal.h"

enum { SHOWN = 256, NAME = 16 };

/* The name of the file in the tree. */
static const char *name_in_tree(const struct helper_vm_file *f, char name[NAME])
{
	static const char *const names[] = {[USE_KERNEL] = "kernel",
	    [USE_INITRD] = "initrd",
	    [USE_UEFI] = "firmware",
	    [USE_TPM] = "tpm",
	    [USE_MOUNT_READ] = "mounts",
	    [USE_MOUNT_WRITE] = "mounts",
	    [USE_MOUNT_OWN] = "mounts",
	    [USE_USB] = "devices",
	    [USE_PCI] = "devices"};
	if (f->file.use == USE_CDROM)
		return f->disk == 0 ? "cdrom" : "cdrom1";
	if (!vm_file_is_disk(f))
		return names[f->file.use];
	snprintf(name, NAME, "disk%u", f->disk);
	return name;
}

/* Begin the error with it. */
static int error_name(const struct helper_vm_file *f)
{
	char name[NAME], line[SHOWN];
	if (vm_file_is_device(f))
		err_wrap("%s", word_quote(f->file.path, line, sizeof(line)));
	return err_wrap("%s", name_in_tree(f, name));
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

/* ---- one file as two disks ---- */

static bool locks(const struct helper_vm_file *f)
{
	return f->image == 0 && (vm_file_is_disk(f) || f->file.use == USE_CDROM);
}

/* Those that are not open are told by their paths: they may be made at the boot. */
static bool is_one_file(
    const struct helper_vm_file *f, int fd, const struct helper_vm_file *g, int ge)
{
	struct stat a, b;
	if (fd < 0 || ge < 0)
		return fd < 0 && ge < 0 && strcmp(f->file.path, g->file.path) == 0;
	if (fstat(fd, &a) < 0 || fstat(ge, &b) < 0)
		return false;
	if (S_ISBLK(a.st_mode) || S_ISBLK(b.st_mode))
		return S_ISBLK(a.st_mode) && S_ISBLK(b.st_mode) && a.st_rdev == b.st_rdev;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int double_refuse(const struct helper_vm_file *f, const struct helper_vm_file *before)
{
	char path[SHOWN], name[NAME];
	err_set(EBUSY,
	    "%s: another disk of this VM, %s, has it: give another file, or readonly=on to both",
	    word_quote(f->file.path, path, sizeof(path)), name_in_tree(before, name));
	return error_name(f);
}

/* QEMU would end with an error if it can't have the lock of one of two. fds: of each; -1: not
 * open. */
static int doubles_check(const struct helper_vm_file *list, const int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++)
			if (locks(&list[i]) && locks(&list[k]) &&
			    (list[i].file.use == USE_DISK_WRITE ||
				list[k].file.use == USE_DISK_WRITE) &&
			    is_one_file(&list[i], fds[i], &list[k], fds[k]))
				return double_refuse(&list[i], &list[k]);
	return 0;
}

/* ---- opening ---- */

static int mount_open(struct boot *b, const struct helper_vm_file *f, int *to)
{
	const struct vmmount_for v = {b->h, b->want->id, &b->join, b->null};
	return vmmount_open(&v, f, to, &b->servers[f->disk]);
}

static int descriptors_open(struct boot *b, const struct helper_vm_file *f, int *to)
{
	if (f->file.use == USE_UEFI)
		return uefi_open(b, f->format, to);
	if (f->file.use == USE_TPM)
		return tpm_open(b, to);
	if (vm_file_is_mount(f))
		return mount_open(b, f, to);
	if (f->file.use == USE_PCI)
		return vmdevice_pci_add(b, f);
	if (f->image != 0)
		return vmdisk_open(b, f, to);
	*to = hostfile_open_disk(&f->file, f->format);
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
	int fds[VM_FILES];
	for (uint32_t i = 0; i < b->vm->files; i++) {
		int at = b->nfiles;
		if (one_open(b, &b->given[i]) < 0)
			return error_name(&b->given[i]);
		fds[i] = b->nfiles > at ? b->files[at] : -1;
	}
	return doubles_check(b->given, fds, b->vm->files);
}

/* ---- their first bytes, without privilege ---- */

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

static int kernel_check(const struct helper_vm_file *f, int fd)
{
	char path[SHOWN];
	return kernelhead_check(fd) < 0
		   ? err_wrap("%s", word_quote(f->file.path, path, sizeof(path)))
		   : 0;
}

static int qcow2_check(const struct helper_vm_file *f, int fd)
{
	uint64_t has;
	return diskhead_qcow2(fd, &has) < 0 ? -1 : hostfile_holds(has, &f->file);
}

/* fd: of what is a path. */
static int head_check(const struct helper_vm_file *f, int fd)
{
	if (f->file.use == USE_KERNEL)
		return kernel_check(f, fd);
	if (!vm_file_is_disk(f))
		return 0;
	if (format_check(fd, f->format) < 0)
		return -1;
	return f->format == DISK_QCOW2 ? qcow2_check(f, fd) : 0;
}

/* fds: where its descriptors are, if it has any. */
static int given_check(const struct helper_vm_file *f, const int *fds)
{
	if (f->file.use == USE_UEFI)
		return uefi_check(fds);
	if (f->file.use != USE_KERNEL)
		return f->image == 0 ? head_check(f, *fds) : 0;
	cleanup_fd int kernel = open("/kernel", O_RDONLY | O_CLOEXEC);
	return kernel < 0 ? err_sys("open /kernel") : head_check(f, kernel);
}

int vmfiles_headers(const struct boot *b)
{
	const int *fd = b->files;
	for (uint32_t i = 0; i < b->vm->files; fd += vm_file_fds(&b->given[i++]))
		if (given_check(&b->given[i], fd) < 0)
			return error_name(&b->given[i]);
	return 0;
}

/* ---- what is to be larger ---- */

int vmfiles_grow(const struct boot *b)
{
	const int *fd = b->files;
	for (uint32_t i = 0; i < b->vm->files; fd += vm_file_fds(&b->given[i++])) {
		const struct helper_vm_file *f = &b->given[i];
		if (f->image == 0 && f->file.use == USE_DISK_WRITE && f->format == DISK_QCOW2 &&
		    f->file.size != 0 && vmgrow(b, f, *fd) < 0)
			return error_name(f);
	}
	return 0;
}

/* ---- looking ---- */

/* What was opened for a look; the work on it has them as ASIDE_FDS, in this order. */
struct opened {
	uid_t qemu;
	int n;
	const struct helper_vm_file *files[VM_FILES];
};

static int heads_aside(const void *arg)
{
	const struct opened *o = arg;
	if (caps_become(o->qemu, o->qemu) < 0)
		return -1;
	for (int i = 0; i < o->n; i++)
		if (head_check(o->files[i], ASIDE_FDS + i) < 0)
			return error_name(o->files[i]);
	return 0;
}

static int heads_look(const struct helper_vm_file *list, const int *fds, unsigned n, uid_t qemu)
{
	struct opened o = {.qemu = qemu};
	int open[VM_FILES];
	for (unsigned i = 0; i < n; i++) {
		if (fds[i] < 0)
			continue;
		open[o.n] = fds[i];
		o.files[o.n++] = &list[i];
	}
	return aside_look(heads_aside, &o, open, o.n, "look at its files");
}

int vmfiles_open_more(const struct boot *b, const struct helper_vm_file *f, int fds[2])
{
	if (f->image != 0)
		return vmdisk_open(b, f, fds) < 0 ? error_name(f) : 0;
	if (f->file.path[0] == '\0')
		return err_set(EBADMSG, "the list of a VM's files is damaged");
	fds[0] =
	    f->file.use == USE_USB ? vmdevice_usb_open(f) : hostfile_open_disk(&f->file, f->format);
	if (fds[0] < 0)
		return error_name(f);
	return vm_file_is_disk(f) ? heads_look(f, fds, 1, b->root_uid + QEMU_UID) : 0;
}

/* A device that this very VM has alone, perhaps, is opened to read. A disk of a given size may be
 * made at the boot. */
static int path_look(const struct helper_vm_file *f, int *to)
{
	struct helper_file file = f->file;
	file.size = 0;
	*to = hostfile_open(&file);
	if (*to >= 0)
		return f->file.use == USE_DISK_WRITE && f->format == DISK_RAW
			   ? hostfile_fits(*to, &f->file)
			   : 0;
	if (err_code() == EBUSY) {
		file.use = USE_DISK_READ;
		*to = hostfile_open(&file);
		return 0;
	}
	return f->file.size == 0 || err_code() != ENOENT ? -1 : 0;
}

static int image_look(const struct helper *h, uint64_t image)
{
	cleanup_fd int fd = vmdisk_image_open(h, image);
	return fd < 0 && err_code() != EBUSY ? -1 : 0;
}

/* This very VM may have its group. */
static int pci_look(const struct helper_vm_file *f)
{
	struct boot_pci at;
	return vmdevice_pci_look(f, &at) < 0 && err_code() != EBUSY ? -1 : 0;
}

/* *to: the descriptor of what is a path; else -1 */
static int one_look(const struct helper *h, uint64_t id, const struct helper_vm_file *f, int *to)
{
	if (f->file.use == USE_UEFI)
		return uefi_look(f->format);
	if (f->file.use == USE_TPM)
		return tpm_look();
	if (vm_file_is_mount(f))
		return vmmount_look(h, id, f);
	if (f->file.use == USE_PCI)
		return pci_look(f);
	return f->image != 0 ? image_look(h, f->image) : path_look(f, to);
}

int vmfiles_look(const struct helper *h, uint64_t id, int fd, unsigned n, uid_t qemu)
{
	struct helper_vm_file *list;
	int fds[VM_FILES];
	if (vmfiles_read(h, id, fd, n, &list) < 0)
		return -1;
	memset(fds, -1, sizeof(fds));
	int r = 0;
	for (unsigned i = 0; r == 0 && i < n; i++)
		if (one_look(h, id, &list[i], &fds[i]) < 0)
			r = error_name(&list[i]);
	if (r == 0 && (doubles_check(list, fds, n) < 0 || heads_look(list, fds, n, qemu) < 0))
		r = -1;
	for (unsigned i = 0; i < n; i++)
		fd_close(&fds[i]);
	free(list);
	return r;
}
