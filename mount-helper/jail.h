/* A root for a program of ours that reads what strangers made: the host's /usr, which holds its
 * libraries, read-only, and one directory. */
#ifndef WARREN_MOUNT_HELPER_JAIL_H
#define WARREN_MOUNT_HELPER_JAIL_H

#include <stdint.h>

#include "mount-helper/helper.h"

/* For a child of the helper: enter it. `work`, a directory, becomes its /work with these attributes
 * (MOUNT_ATTR_), and the working directory; nothing that is mounted below it is there. */
int jail_enter(const struct helper *h, int work, uint64_t attr);

#endif
