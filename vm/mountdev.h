/* Mounts as QEMU is told of them: mount N is a device of the id mountN, with a chardev of that id,
 * whose socket was handed over as a descriptor of that name. */
#ifndef WARREN_VM_MOUNTDEV_H
#define WARREN_VM_MOUNTDEV_H

#include "vm/device.h"

json_t *mountdev_new(const struct vm *vm, unsigned n, const char *tag); /* the caller's */

/* Commands (commands.h), the caller's: make the chardev; add the device; undo the first, where the
 * device is not there. */
json_t *mountdev_opening(unsigned n);
json_t *mountdev_adding(const struct vm *vm, unsigned n, const char *tag);
json_t *mountdev_closing(unsigned n);

#define MOUNTDEV_CHARDEVS "{\"execute\":\"query-chardev\"}"
#define MOUNTDEV_MEMORY "{\"execute\":\"query-memdev\"}"

/* By QEMU's answer to the first: is the chardev gone? */
bool mountdev_is_closed(const json_t *chardevs, unsigned n);

/* By that to the second: may a virtiofsd share the guest's memory (ram.c)? */
bool mountdev_is_shared(const json_t *memory);

#endif
