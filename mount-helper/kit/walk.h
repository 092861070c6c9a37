/* Resolving a path that a user wrote, while others may change it.
 *
 * This is systemd's rule CHASE_SAFE. Without it: root writes a path in alice's home, alice boots
 * the zone, and a link that she has put there meanwhile is followed with root's rights. A seal does
 * not help, as it is over the path's text. */
#ifndef WARREN_MOUNT_HELPER_KIT_WALK_H
#define WARREN_MOUNT_HELPER_KIT_WALK_H

#include <sys/types.h>

/* Open what the path leads to, by O_PATH, with the caller's rights. Only root and the author are
 * trusted on the way: behind a directory or link of another user everything has to be that user's,
 * too; else he could lead us to what the author can reach and he can't. Magic links of /proc are
 * refused. -1: EPERM for such a path; else as openat(2): ENOENT means that something is missing. */
int walk_open(const char *path, uid_t author);

#endif
