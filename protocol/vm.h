/* What QEMU is given of the host's: the list that comes with HELPER_VM_START. */
#ifndef WARREN_PROTOCOL_VM_H
#define WARREN_PROTOCOL_VM_H

#include <stdbool.h>
#include <string.h>

#include "protocol/helper.h"
#include "protocol/import.h"

enum { VM_FDS = 2 * VM_DISKS + VM_CDROMS + 3 + VM_MOUNTS };

/* UEFI without and with Secure Boot. Each has variables of its own. */
enum uefi { UEFI_PLAIN, UEFI_SECURE, UEFIS };

/* A kernel, an initrd or a disk: a host path, or an image and the VM's own layer over it; UEFI
 * and the VM's variables; or a directory that the guest mounts. A list is a memory file of these.
 *
 * Kernel and initrd become /kernel and /initrd in QEMU's root. The others become its
 * descriptors, from ZONE_FD_FILES on: vm_file_fds() each, in the order of the list. This order is a
 * rule and no answer, as QEMU's command line, which names them, is written before they are opened.
 */
struct helper_vm_file {
	struct helper_file file; /* an image: path "", size that of the disk as a guest sees it */
	struct seal seal; /* of the path */
	uint64_t image; /* an image's id; 0: a path */
	uint32_t disk; /* N of diskN; 0 or 1 of cdrom and cdrom1; of a mount and of a device of PCI
			* its number; of one of USB VM_USB(bus, number); 0 for others */
	uint32_t format; /* of a path that is a disk: an enum disk_format; of UEFI: an enum uefi */
};

/* QEMU's command line tells block devices from files before either is opened: so it is the path
 * that tells. */
static inline bool vm_path_is_device(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 && strncmp(path, "/dev/shm/", 9) != 0;
}

static inline bool vm_file_is_disk(const struct helper_vm_file *f)
{
	return f->file.use == USE_DISK_READ || f->file.use == USE_DISK_WRITE;
}

static inline bool vm_file_is_mount(const struct helper_vm_file *f)
{
	return f->file.use == USE_MOUNT_READ || f->file.use == USE_MOUNT_WRITE ||
	       f->file.use == USE_MOUNT_OWN;
}

/* Which of the host's USB devices it is to be: the daemon chooses among those that the line means,
 * and the helper sees that it is one of them. usbfs has numbers of 1 to 127 on each bus. */
#define VM_USB(bus, number) ((bus) << 7 | (number))
enum { VM_USBS = 1000 << 7 };

static inline bool vm_file_is_device(const struct helper_vm_file *f)
{
	return f->file.use == USE_USB || f->file.use == USE_PCI;
}

/* An image takes two: the layer, then the image. So does UEFI: its code, then the variables. A TPM
 * and a mount take one, a channel to the process that serves it, and so does a CD-ROM drive. */
static inline int vm_file_fds(const struct helper_vm_file *f)
{
	if (f->file.use == USE_UEFI)
		return 2;
	if (f->file.use == USE_TPM || f->file.use == USE_CDROM || vm_file_is_mount(f))
		return 1;
	return !vm_file_is_disk(f) ? 0 : f->image != 0 ? 2 : 1;
}

#endif
