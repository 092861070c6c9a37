/* What QEMU gets of the host's while it runs. */
#ifndef WARREN_VM_GIVE_H
#define WARREN_VM_GIVE_H

#include "host/ask.h"
#include "protocol/vm.h"
#include "vm/vm.h"

/* Have the helper open what f names, and hand it to QEMU as /dev/fdset/SET; below: of an image, the
 * set of what is below the VM's layer, else 0. -1: it can't be asked */
int give(struct vm *vm, const struct helper_vm_file *f, unsigned set, unsigned below,
    helper_done *done, void *arg);

#endif
