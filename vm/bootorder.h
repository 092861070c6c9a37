/* In which order the firmware looks for a system. */
#ifndef WARREN_VM_BOOTORDER_H
#define WARREN_VM_BOOTORDER_H

#include "vm/vm.h"

enum boot_class { BOOT_DISK, BOOT_CDROM, BOOT_NET, BOOT_CLASSES };

/* The property of device n of this class, with a comma before it; "" where the firmware passes it
 * by. */
struct bootindex {
	char text[24];
};
struct bootindex bootorder_index(const struct vm *vm, enum boot_class class, unsigned n);
#define BOOTINDEX(vm, class, n) bootorder_index(vm, class, n).text

/* Does it look at these at all? */
bool bootorder_has(const struct vm *vm, enum boot_class class);

#endif
