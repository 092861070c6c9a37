/* What systemd keeps for a service while it is started again: the mount's /dev/fuse and the
 * daemons' memory file, with which the next helper goes on behind the same mount, as the next
 * daemon would (sd_notify(3), FDSTORE=; sd_listen_fds(3)). Elsewhere nothing is kept.
 *
 * At SIGUSR2 the helper ends without unmounting; the next one gets the descriptors back, and its
 * daemon begins as after a crash. Only systemd knows that a stop is part of a restart, so ExecStop=
 * of the unit asks it. Between the two helpers nobody answers: no command of the unit may look at
 * the mount. */
#ifndef WARREN_MOUNT_HELPER_FDSTORE_H
#define WARREN_MOUNT_HELPER_FDSTORE_H

#include <stdbool.h>

#include "mount-helper/kit/helper.h"

/* How many descriptors systemd handed us, from 3 on. */
int fdstore_count(void);

/* Of `count` descriptors, set h->fuse and h->handover to the two that belong together; close the
 * others. */
void fdstore_receive(struct helper *h, int count);

/* Is what was taken the mount at our mount point, of our directories? If not, as the unit was
 * changed meanwhile, it is unmounted and nothing is taken. h->dirs are open; sets h->device. */
bool fdstore_is_ours(struct helper *h);

/* Ask systemd to keep them from now on. True: it does. */
bool fdstore_store(const struct helper *h);

#endif
