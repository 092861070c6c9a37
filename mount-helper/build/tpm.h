/* A VM's TPM: swtpm(8), a process beside QEMU, and the state that it keeps for the VM. */
#ifndef WARREN_MOUNT_HELPER_BUILD_TPM_H
#define WARREN_MOUNT_HELPER_BUILD_TPM_H

#include "mount-helper/build/boot.h"

/* W starts it in the host's mount namespace. *control: QEMU's end of its control channel, with
 * which it ends. -1: EOPNOTSUPP, it is not installed */
int tpm_open(struct boot *b, int *control);

int tpm_look(void); /* -1: EOPNOTSUPP, it is not installed */

#endif
