/* What QEMU is given of the host's, for the helper (protocol/vm.h). */
#ifndef WARREN_VM_FILES_H
#define WARREN_VM_FILES_H

#include "protocol/vm.h"
#include "vm/vm.h"

struct vm_files {
	struct helper_vm_file list[VM_FILES];
	unsigned n;
};

/* List what a boot with the present settings needs. -1: EINVAL */
int files_list(struct vm *vm, struct vm_files *to);

#endif
