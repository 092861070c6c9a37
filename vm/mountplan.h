/* Which mount comes or goes next, while a VM runs: by its lines, by what its mounts serve
 * (vm::mounts_has), and by what QEMU says that it has. */
#ifndef WARREN_VM_MOUNTPLAN_H
#define WARREN_VM_MOUNTPLAN_H

#include "vm/mounts.h"

/* Bit N is mount N, or line N. */
struct mountplan {
	struct vm *vm; /* borrowed */
	struct mount_lines want; /* of the settings; freed by who fills it */
	unsigned devices, ports; /* what QEMU has: plugged.h */
	bool shared; /* the guest's memory is */
	unsigned opened; /* QEMU has the chardev of this mount, which has no device yet, */
	unsigned line[VM_MOUNTS]; /* for this line; VM_MOUNTS: for none, it is to be closed */
	unsigned came, left; /* lines that were tried to be given, mounts that were to be taken */
	unsigned i, n; /* what was found: a line, a mount */
};

static inline bool mountplan_in(unsigned mask, unsigned n)
{
	return (mask >> n & 1) != 0;
}

/* The chardev of mount n is to be closed in the end, where it has no device. */
static inline void mountplan_close(struct mountplan *p, unsigned n)
{
	if (mountplan_in(p->devices, n))
		return;
	p->opened |= 1U << n;
	p->line[n] = VM_MOUNTS;
}

/* Is there more, or less, in force than in the settings? */
bool mountplan_differs(const struct vm *vm);

/* Line i is to be opened as mount n. */
bool mountplan_coming(struct mountplan *p);

/* Mount n is to be taken from the guest. */
bool mountplan_going(struct mountplan *p);

/* Mount n is opened, and its device can be added. */
bool mountplan_opened(struct mountplan *p);

#endif
