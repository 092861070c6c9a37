/* A guest's memory: the rows ram and ram.max. */
#ifndef WARREN_VM_RAM_H
#define WARREN_VM_RAM_H

#include "vm/vm.h"

enum { RAM, RAM_MAX };

extern const struct row ram_rows[];

/* limited::memory_fits: the guest may use all of its RAM, and QEMU would be killed for it. */
int ram_fits(struct limited *l);

uint64_t ram_now(const struct vm *vm); /* bytes that the guest of one that runs has now */

#endif
