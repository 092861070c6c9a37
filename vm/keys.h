/* The row keys: strokes at the guest's keyboard. */
#ifndef WARREN_VM_KEYS_H
#define WARREN_VM_KEYS_H

#include "vm/vm.h"

/* row::bytes. The write returns when all keys have been let go; who interrupts it stops the
 * typing. */
int keys_write(struct obj *o, struct req *r, const char *bytes, size_t n);

#endif
