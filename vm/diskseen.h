/* The disks that a QEMU that runs has, asked of it: bit N for disk N. */
#ifndef WARREN_VM_DISKSEEN_H
#define WARREN_VM_DISKSEEN_H

#include "vm/ask.h"

struct disks_seen {
	unsigned devices; /* of a bus whose disks come and go */
	unsigned ports; /* a q35's */
	unsigned given; /* QEMU has their files, be they in use or not */
	unsigned open; /* by a device, be it one that is just going */
};

/* Ask what it has. done is called later, with 1 once all of `to` is known, else as ask() does.
 * `to` is the caller's, and stays until then. -1: it can't be asked */
int diskseen_ask(struct vm *vm, struct disks_seen *to, ask_done *done, void *arg);

#endif
