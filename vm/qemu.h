/* QEMU's command line. */
#ifndef WARREN_VM_QEMU_H
#define WARREN_VM_QEMU_H

#include "vm/vm.h"

/* zone_kind::orders */
int qemu_orders(struct zone *z, struct buf *argv, uint32_t *argc, struct buf *env, uint32_t *envc);

/* Bytes that QEMU may need besides the guest's RAM. */
uint64_t qemu_beside(const struct vm *vm);

#endif
