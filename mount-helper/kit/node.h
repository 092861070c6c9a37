/* Device nodes of warren's own, for zones and guests without rights on the host's. */
#ifndef WARREN_MOUNT_HELPER_KIT_NODE_H
#define WARREN_MOUNT_HELPER_KIT_NODE_H

#include <sys/types.h>

/* A character device below dir, owned by the file system's uid and gid of the caller, with just
 * this mode. */
int node_make(int dir, const char *name, unsigned major, unsigned minor, mode_t mode);

#endif
