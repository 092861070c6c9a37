/* Sysctls of a zone's own namespaces: those below /proc/sys that each network or IPC namespace has
 * for itself. */
#ifndef WARREN_MOUNT_HELPER_BUILD_SYSCTL_H
#define WARREN_MOUNT_HELPER_BUILD_SYSCTL_H

#include <stdbool.h>
#include <sys/types.h>

#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

/* Set them in the namespaces of process 1 of a zone, whose user namespace `monitor` owns. proc is
 * the host's /proc. -1: which one can't be set, and why. */
int sysctls_write(int proc, pid_t pid, uid_t monitor, const struct helper_sysctl list[SYSCTLS]);

bool sysctls_has(const struct helper_sysctl list[SYSCTLS], const char *key);

/* The request. */
int sysctls_set(const struct helper_sysctls_set *want);

#endif
