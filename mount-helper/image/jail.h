/* A root for a program of ours that reads what strangers made: the host's /usr, which holds its
 * libraries, read-only, and one directory. */
#ifndef WARREN_MOUNT_HELPER_IMAGE_JAIL_H
#define WARREN_MOUNT_HELPER_IMAGE_JAIL_H

#include <stdint.h>

#include "mount-helper/kit/helper.h"

#define JAIL_OWN "/own"

/* For a child of the helper: enter it. `own`, a directory, becomes its JAIL_OWN with these
 * attributes (MOUNT_ATTR_); nothing that is mounted below it is there. Nothing is asked of its file
 * system: whom that answers has yet to chdir. */
int jail_enter(const struct helper *h, int own, uint64_t attr);

/* The same with a mount that is ready, and with the /proc of the caller's own pid namespace. */
int jail_enter_mount(const struct helper *h, int own);

#endif
