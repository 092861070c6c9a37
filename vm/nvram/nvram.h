/* The directory nvram/: UEFI's variables, one file each, as in Linux's efivarfs: 4 bytes of
 * attributes, then the data. What is on disk is asked for when somebody looks; QEMU has each write
 * of its guest's there at once. */
#ifndef WARREN_VM_NVRAM_NVRAM_H
#define WARREN_VM_NVRAM_NVRAM_H

#include "fs/ctl.h"
#include "host/ask.h"
#include "vm/nvram/variables.h"
#include "vm/vm.h"

/* The files are now these variables. which: whose, an enum uefi; UEFIS: it has none */
void nvram_show(struct vm *vm, uint32_t which, const struct variables *v);

/* Ask the helper for a copy of what its firmware keeps, or (template) begins with. which: an enum
 * uefi. done's arg is vm. */
void nvram_ask(struct vm *vm, uint32_t which, bool template, helper_done *done);

/* ---- edit.c: changes of a VM that does not run ---- */

/* Each is answered when it is on disk. -1: EEXIST it runs, EOPNOTSUPP it has no UEFI, ERANGE */
int nvram_check(struct vm *vm);
int nvram_write(struct vm *vm, const char *name, struct req *r, const char *bytes, size_t n);
int nvram_remove(struct vm *vm, const char *name, struct req *r);
int nvram_enroll(struct obj *o, struct command *c);

#endif
