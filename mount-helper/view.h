/* What the daemon sees of the host. The daemon parses what every local user sends to FUSE, and may
 * be taken over by it: so it sees nothing but what it needs. */
#ifndef WARREN_MOUNT_HELPER_VIEW_H
#define WARREN_MOUNT_HELPER_VIEW_H

#include "mount-helper/kit/helper.h"

/* In the daemon's process, with the helper's rights: enter a root of its own and a network without
 * an interface that is up. *state and *run are opened again there (owned): from a directory of
 * outside `..` would lead outside. */
int view_enter(const struct helper *h, int *state, int *run);

#endif
