/* What the daemon sees of the host. It parses what every local user sends to FUSE, and may be taken
 * over by it: then there is nothing to find but what it needs. */
#ifndef WARREN_MOUNT_HELPER_VIEW_H
#define WARREN_MOUNT_HELPER_VIEW_H

#include "mount-helper/kit/helper.h"

/* In the daemon's process, with the helper's rights: a root of its own and a network without an
 * interface that is up. *state and *run are opened anew there (owned), as a directory of outside
 * would lead outside by its `..`. */
int view_enter(const struct helper *h, int *state, int *run);

#endif
