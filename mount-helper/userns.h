/* User namespaces and their maps. */
#ifndef WARREN_MOUNT_HELPER_USERNS_H
#define WARREN_MOUNT_HELPER_USERNS_H

#include <stdint.h>
#include <sys/types.h>

/* `count` users and groups from `inside` on are those from `outside` on, in the user namespace of pid. proc is
 * /proc. Returns the namespace's descriptor. */
int userns_map(int proc, pid_t pid, uid_t inside, uid_t outside, uint32_t count);

/* A user namespace with such a map of UID_MAPPED and without a process: for mounts that shift owners. */
int userns_make(uid_t inside, uid_t outside);

#endif
