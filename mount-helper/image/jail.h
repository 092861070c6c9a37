/* A root for a program of ours that reads what strangers made: the host's /usr, which holds its
 * libraries, read-only, and one directory. */
#ifndef WARREN_MOUNT_HELPER_IMAGE_JAIL_H
#define WARREN_MOUNT_HELPER_IMAGE_JAIL_H

#include <stdint.h>

#include "mount-helper/kit/helper.h"

#define JAIL_WORK "/work"

/* For a child of the helper: enter it. `work`, a directory, becomes its JAIL_WORK with these
 * attributes (MOUNT_ATTR_); nothing that is mounted below it is there. Nothing is asked of its file
 * system: whom that answers has yet to chdir. */
int jail_enter(const struct helper *h, int work, uint64_t attr);

/* The same with a mount that is ready, and with the /proc of the caller's own pid namespace. */
int jail_enter_mount(const struct helper *h, int work);

#endif
