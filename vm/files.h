/* What QEMU is given of the host's, for the helper (protocol/vm.h). */
#ifndef WARREN_VM_FILES_H
#define WARREN_VM_FILES_H

#include "protocol/vm.h"
#include "vm/vm.h"

struct vm_files {
	struct helper_vm_file list[VM_FILES];
	unsigned n;
};

/* The first of QEMU's descriptors for the row with this use; -1: there is none. */
int files_fd(const struct vm_files *files, enum helper_use use);

/* What is in a CD-ROM drive that is set. to: zeroed */
void files_cdrom(const struct vm *vm, unsigned n, struct helper_vm_file *to);

/* Disk n, which is set. to: zeroed */
void files_disk(const struct vm *vm, unsigned n, struct helper_vm_file *to);

/* List what a boot with the present settings needs. -1: EINVAL */
int files_list(struct vm *vm, struct vm_files *to);

#endif
