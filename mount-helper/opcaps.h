/* What the workers of the helper's operations keep (ops.c). */
#ifndef WARREN_MOUNT_HELPER_OPCAPS_H
#define WARREN_MOUNT_HELPER_OPCAPS_H

#include <linux/capability.h>

#include "mount-helper/kit/caps.h"

/* Files and control groups of other owners, whatever their modes say; and deleting in sticky
 * directories */
#define MODES CAP_BIT(CAP_DAC_OVERRIDE)
#define FILES (MODES | CAP_BIT(CAP_FOWNER))
/* Mounts, and entering mount and network namespaces */
#define MOUNTS (CAP_BIT(CAP_SYS_ADMIN) | CAP_BIT(CAP_SYS_CHROOT))
/* A child that becomes a user and keeps nothing; the maps of a user namespace */
#define USERS (CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETPCAP))
/* Killing such a child if it does not end by itself; and what is left in a zone's groups */
#define ENDS CAP_BIT(CAP_KILL)
/* Interfaces, bridges, and rules against spoofing */
#define NETS CAP_BIT(CAP_NET_ADMIN)
/* pasta keeps it, for ports below 1024 */
#define PORTS CAP_BIT(CAP_NET_BIND_SERVICE)
/* Files and control groups that become a zone's or the daemon's */
#define OWNERS CAP_BIT(CAP_CHOWN)
/* Nodes: in a zone's /dev, and pasta's own tun */
#define NODES CAP_BIT(CAP_MKNOD)
/* An overlay acts with the rights of who mounted it: a file with capabilities is copied up */
#define OVERLAYS CAP_BIT(CAP_SETFCAP)
/* Looking at the writer: any thread, its system call and its memory */
#define LOOKS (MODES | CAP_BIT(CAP_SYS_PTRACE))
/* The set-gid bit of other groups, and what overlayfs keeps */
#define MERGING (FILES | OWNERS | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SYS_ADMIN))
#define IMPORTING (FILES | MOUNTS | USERS | ENDS | OWNERS)
#define BUILDING (FILES | MOUNTS | USERS | ENDS | NETS | PORTS | OWNERS | NODES)

#endif
