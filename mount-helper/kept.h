/* What systemd keeps for a service while it is started again: the mount's /dev/fuse and the
 * daemons' memory file, with which the next helper goes on behind the same mount, as the next
 * daemon would (sd_notify(3), FDSTORE=; sd_listen_fds(3)). Elsewhere nothing is kept. */
#ifndef WARREN_MOUNT_HELPER_KEPT_H
#define WARREN_MOUNT_HELPER_KEPT_H

#include <stdbool.h>

#include "mount-helper/kit/helper.h"

/* How many descriptors we were handed, from 3 on. */
int kept_count(void);

/* Take those that belong together, of as many, as h->fuse and h->handover; close the others. */
void kept_receive(struct helper *h, int count);

/* Is what was taken the mount at our mount point, of our directories? If not, as the unit was
 * changed meanwhile, it is unmounted and nothing is taken. h->dirs are open; sets h->device. */
bool kept_is_ours(struct helper *h);

/* Have them kept from now on. Tells whether they are. */
bool kept_store(const struct helper *h);

#endif
