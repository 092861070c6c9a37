/* CD-ROM drives, of which the machine has one for each file that is set at the boot. */
#ifndef WARREN_VM_CDROM_H
#define WARREN_VM_CDROM_H

#include "vm/vm.h"

/* So many will the machine have. */
unsigned cdroms_set(const struct vm *vm);

/* row::check of these, and of the machine. -1: EINVAL, the machine has no place for them */
int cdrom_check(struct obj *o, const struct row *r);

#endif
