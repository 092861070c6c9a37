/* NICs as QEMU has them. */
#ifndef WARREN_VM_NICS_H
#define WARREN_VM_NICS_H

#include <jansson.h>

#include "vm/vm.h"

/* The device of NIC n, and the other end that it needs first, as arguments of QMP's device_add and
 * netdev_add. The caller's. */
json_t *nic_device(const struct vm *vm, unsigned n);
json_t *nic_netdev(const struct vm *vm, unsigned n);

#endif
