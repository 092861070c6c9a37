/* User namespaces and their maps. */
#ifndef WARREN_MOUNT_HELPER_KIT_USERNS_H
#define WARREN_MOUNT_HELPER_KIT_USERNS_H

#include <stdint.h>
#include <sys/types.h>

struct sys_clone;

/* clone3 of a child whose namespaces the caller opens by /proc. The kernel shows those of a
 * dumpable process only: so the child is dumpable, and the helper for the moment of the clone. */
pid_t userns_clone(struct sys_clone *a);

/* `count` users and groups from `inside` on are those from `outside` on, in the user namespace of
 * pid. proc is /proc. Returns the namespace's descriptor. */
int userns_map(int proc, pid_t pid, uid_t inside, uid_t outside, uint32_t count);

/* A user namespace with such a map of UID_MAPPED and without a process: for mounts that shift
 * owners. */
int userns_make(uid_t inside, uid_t outside);

#endif
