/* UEFI, and the variables that a VM keeps in it: boot entries, keys, what the guest has set. */
#ifndef WARREN_MOUNT_HELPER_BUILD_UEFI_H
#define WARREN_MOUNT_HELPER_BUILD_UEFI_H

#include "mount-helper/build/boot.h"

/* W opens the firmware's code and the VM's variables in the host's mount namespace, and makes the
 * variables at the first boot. which: an enum uefi. -1: EOPNOTSUPP, it is not installed */
int uefi_open(struct boot *b, uint32_t which, int fds[2]);

int uefi_look(uint32_t which); /* -1: EOPNOTSUPP, it is not installed */

/* What the variables begin with, as the firmware's package has it. -1: EOPNOTSUPP, it is not
 * installed */
int uefi_template(uint32_t which);
const char *uefi_name(uint32_t which); /* of the file that they are in */

/* Process 1, without privilege, checks that the variables are whole and of this firmware's size.
 * fds: those of uefi_open(). */
int uefi_check(const int fds[2]);

#endif
