/* What the daemon sees of the host. The daemon parses what every local user sends to FUSE, and may
 * be taken over by it: so it sees nothing but what it needs.
 *
 * Its root has a row for each part (view.c): libraries, STATE and RUN, /proc, /sys with the control
 * groups, and the log's socket; its network is empty. What only the host's namespaces tell (`host`,
 * `nic.stat`) it reads in the helper's /proc entry. If the daemon is to read another file of the
 * host's, add a row, and for a new system call one in confine.c. What is missing fails with ENOSYS:
 * `strace -f` of the daemon shows it, and the kernel's log with audit. */
#ifndef WARREN_MOUNT_HELPER_VIEW_H
#define WARREN_MOUNT_HELPER_VIEW_H

#include "mount-helper/kit/helper.h"

/* In the daemon's process, with the helper's rights: enter a root of its own and a network without
 * an interface that is up. *state and *run are opened again there (owned): from a directory of
 * outside `..` would lead outside. */
int view_enter(const struct helper *h, int *state, int *run);

#endif
