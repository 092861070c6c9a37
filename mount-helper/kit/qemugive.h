/* A descriptor for QEMU, by way of its monitor. */
#ifndef WARREN_MOUNT_HELPER_KIT_QEMUGIVE_H
#define WARREN_MOUNT_HELPER_KIT_QEMUGIVE_H

#include "mount-helper/kit/helper.h"

/* Have the VM's monitor, whose socket has this name (group_name), send QEMU a QMP command with fd
 * (borrowed). What QEMU answers is not looked at. -1: ESRCH, it does not run; EIO */
int qemu_give(const struct helper *h, const char *name, const char *command, int fd);

#endif
