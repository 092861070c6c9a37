/* QEMU's own files, which a VM's root shows: the program, its loader, its libraries, its modules,
 * its ROMs; one by one, no directory. */
#ifndef WARREN_MOUNT_HELPER_BUILD_QEMUFILES_H
#define WARREN_MOUNT_HELPER_BUILD_QEMUFILES_H

#include "mount-helper/build/boot.h"

#define QEMU_PROGRAM "/usr/bin/qemu-system-x86_64"

/* In the host's mount namespace, in a worker, once: add them to the binds. They are looked for at
 * each boot, as an upgrade may come in between. -1: EOPNOTSUPP, there is no QEMU, or not all of
 * it */
int qemufiles_open(struct boot *b);

#endif
