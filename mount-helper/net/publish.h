/* Ports of the host that a `user` NIC publishes: can it have them? */
#ifndef WARREN_MOUNT_HELPER_NET_PUBLISH_H
#define WARREN_MOUNT_HELPER_NET_PUBLISH_H

#include "protocol/nic.h"

/* Check what the line alone decides. -1: EPERM, a port below 1024 in a line that root did not
 * write */
int publish_look(const struct helper_nic *nic);

/* Are all ports free that `was` does not have already? -1: EEXIST, EINVAL */
int publish_check(const struct helper_nic *nic, const struct helper_nic *was);

/* Wait until the pasta that had them, and was told to end, has closed them. */
void publish_wait(const struct helper_nic *nic);

#endif
