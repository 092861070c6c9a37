/* Files of the host's that QEMU is given, by protocol/vm.h. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMFILES_H
#define WARREN_MOUNT_HELPER_BUILD_VMFILES_H

#include "mount-helper/build/boot.h"
#include "protocol/vm.h"

/* Read the list into memory of the caller's. -1: EBADMSG; EPERM, a seal is not that of its path */
int vmfiles_read(
    const struct helper *h, uint64_t id, int fd, unsigned n, struct helper_vm_file **list);

/* In the host's mount namespace: open all of b->given, each path as its author. -1: also EBUSY, two
 * disks of which one is written are the same file */
int vmfiles_open(struct boot *b);

/* Open one more for a VM that runs, a path or an image, in vm_file_fds(); the caller's. -1: also if
 * it is no disk of its format. b: with the VM's name and uids alone */
int vmfiles_open_more(const struct boot *b, const struct helper_vm_file *f, int fds[2]);

/* Check whether all of a list could be opened, with what process 1 checks, and make nothing; qemu:
 * the uid on the host as which their first bytes are looked at. -1: as of all the others here */
int vmfiles_look(const struct helper *h, uint64_t id, int fd, unsigned n, uid_t qemu);

/* In process 1, which is QEMU's user by now and has no privilege: is each disk with a path
 * complete, and of its format? Is the kernel one? */
int vmfiles_headers(const struct boot *b);

/* There, when they are: make those of qcow2 as large as they are to be. */
int vmfiles_grow(const struct boot *b);

#endif
