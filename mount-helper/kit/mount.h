/* Mounts that are not attached yet, and attaching them. */
#ifndef WARREN_MOUNT_HELPER_KIT_MOUNT_H
#define WARREN_MOUNT_HELPER_KIT_MOUNT_H

#include <stdint.h>

/* A new file system of this type; options is NULL-terminated pairs. Returns the detached mount. */
int mount_new(const char *type, const char *const *options, uint64_t attr);

/* Clone the mount at path below dir (path "": dir itself, be it a file), without what is mounted
 * below it. Returns the detached mount. -1 with errno alone, as ENOENT may be no error to the
 * caller. */
int mount_clone(int dir, const char *path);

/* Set attributes (MOUNT_ATTR_). With a user namespace, file owners are shown through its maps where
 * the file system can do that. */
int mount_set(int mnt, uint64_t attr, int userns);

/* Attach at path below root. */
int mount_attach(int mnt, int root, const char *path);

#endif
