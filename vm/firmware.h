/* Which firmware a VM has. */
#ifndef WARREN_VM_FIRMWARE_H
#define WARREN_VM_FIRMWARE_H

#include "vm/vm.h"

bool firmware_is_uefi(const struct vm *vm);
uint32_t firmware_uefi(const struct vm *vm); /* which, if it is: an enum uefi */

/* Has its guest booted with Secure Boot, and so with System Management Mode? */
bool firmware_booted_secure(const struct vm *vm);

/* row::check: machine, kernel, firmware and secureboot go together. -1: EINVAL */
int firmware_check(struct obj *o, const struct row *r);

#endif
