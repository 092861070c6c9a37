/* Descriptors for QEMU, by way of its monitor, and for that. */
#ifndef WARREN_MOUNT_HELPER_KIT_QEMUGIVE_H
#define WARREN_MOUNT_HELPER_KIT_QEMUGIVE_H

#include "mount-helper/kit/helper.h"

/* Have the VM's monitor, whose socket has this name (group_name), send QEMU a QMP command with fd
 * (borrowed). What QEMU answers is not looked at. -1: ESRCH, it does not run; EIO */
int qemu_give(const struct helper *h, const char *name, const char *command, int fd);

/* Tell that monitor of a server of its VM's (of VM_SERVERS): ended, borrowed, is a pipe that closes
 * with it. -1: the same; ENOSYS, the monitor is of an older warren */
int qemu_serve(const struct helper *h, const char *name, unsigned server, int ended);

#endif
