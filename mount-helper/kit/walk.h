/* The way along a path that somebody wrote, and that others may change under our feet. */
#ifndef WARREN_MOUNT_HELPER_KIT_WALK_H
#define WARREN_MOUNT_HELPER_KIT_WALK_H

#include <sys/types.h>

/* Where the whole path leads, by O_PATH, with the caller's rights. Only root and the author are
 * trusted on the way: behind a directory or link of somebody else's all has to be his, too, or he
 * could lead us to what the author may reach and he may not. Links of /proc lead nowhere. -1: EPERM
 * for such a way; else as openat(2), of which ENOENT means that something is not there. */
int walk_open(const char *path, uid_t author);

#endif
