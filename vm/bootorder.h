/* In which order the firmware looks for a system. */
#ifndef WARREN_VM_BOOTORDER_H
#define WARREN_VM_BOOTORDER_H

#include "vm/vm.h"

enum boot_class { BOOT_DISK, BOOT_CDROM, BOOT_NET, BOOT_CLASSES };

/* QEMU's bootindex of device n of this class; 0: the firmware passes it by. */
unsigned bootorder_index(const struct vm *vm, enum boot_class class, unsigned n);

/* Does it look at these at all? */
bool bootorder_has(const struct vm *vm, enum boot_class class);

#endif
