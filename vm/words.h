/* Why QEMU ended, in the words of those who wrote its settings. */
#ifndef WARREN_VM_WORDS_H
#define WARREN_VM_WORDS_H

#include "vm/vm.h"

/* Translate QEMU's message into FILE: PATH: what is wrong: what would be right. Its own words,
 * which are about a command line that nobody wrote, are in log. A sentence that is not QEMU's
 * stays. */
void words_translate(const struct vm *vm, struct err *e);

/* What QEMU says to a command about disk n, as the error PATH: what is wrong: what would be right.
 * Returns -1: EIO */
int words_of_disk(const struct vm *vm, unsigned n, const char *says);

#endif
