/* CD-ROM drives, of which the machine has one for each file that is set at the boot. What is in
 * one is changed while it runs (tray.c). */
#ifndef WARREN_VM_CDROM_H
#define WARREN_VM_CDROM_H

#include "protocol/vm.h"
#include "vm/vm.h"

/* QEMU knows what is in drive n by the set of descriptors CDROM_SET + n: above those of disks. */
enum { CDROM_SET = 64 };

/* Before the name of a file that QEMU opens. */
#define DEVICE_OF(path) (vm_path_is_device(path) ? "host_device:" : "")

int tray_apply(struct obj *o, const struct row *r); /* row::apply of these */

/* So many will the machine have. */
unsigned cdroms_set(const struct vm *vm);

/* row::check of these, and of the machine. -1: EINVAL, the machine has no place for them */
int cdrom_check(struct obj *o, const struct row *r);

#endif
