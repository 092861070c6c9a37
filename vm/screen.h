/* The row screen.png: a picture of what the guest's display shows, which QEMU is asked for. */
#ifndef WARREN_VM_SCREEN_H
#define WARREN_VM_SCREEN_H

#include "vm/vm.h"

/* Empty if it does not run. TEXT_WAITS; or EOPNOTSUPP, it has no display, or QEMU makes no PNG */
int screen_show(struct obj *o, const struct row *r, struct buf *b);

/* Is it a whole PNG, as far as its first chunk and its last tell? -1: EIO */
int screen_check(const char *png, size_t n);

#endif
