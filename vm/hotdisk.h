/* Disks that a guest is given, or gives back, while it runs. */
#ifndef WARREN_VM_HOTDISK_H
#define WARREN_VM_HOTDISK_H

#include "vm/vm.h"

int hotdisk_apply(struct obj *o, const struct row *r); /* row::apply of disks */

#endif
