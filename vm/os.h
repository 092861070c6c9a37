/* What system the guest is: which devices it has drivers for by itself. */
#ifndef WARREN_VM_OS_H
#define WARREN_VM_OS_H

#include "vm/vm.h"

const char *os_nic(const struct vm *vm); /* QEMU's device for a network interface */
unsigned os_bus(const struct vm *vm); /* of disks whose line has no bus= */
const char *os_cpu(const struct vm *vm); /* what follows the model of its CPU */
bool os_has_virtio(const struct vm *vm); /* has it drivers for such devices? */
bool os_panics(const struct vm *vm); /* does it know pvpanic? */
int os_check(struct obj *o, const struct row *r); /* row::check: has the machine it? -1: EINVAL */

#endif
