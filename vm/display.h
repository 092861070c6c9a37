/* The display: what the guest shows, at a VNC socket that is its owner's alone. */
#ifndef WARREN_VM_DISPLAY_H
#define WARREN_VM_DISPLAY_H

#include "vm/vm.h"

extern const char *display_run; /* RUN, as the host calls it; borrowed */

/* Can its machine have its display? As row::check of machine and of display. -1: EINVAL */
int display_check(struct obj *o, const struct row *r);

bool display_is_on(struct vm *vm); /* of one that runs, since its boot */

#endif
