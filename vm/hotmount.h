/* Directories that a guest is given, or gives back, while it runs. */
#ifndef WARREN_VM_HOTMOUNT_H
#define WARREN_VM_HOTMOUNT_H

#include "vm/vm.h"

int hotmount_apply(struct obj *o, const struct row *r); /* row::apply of mounts */

#endif
