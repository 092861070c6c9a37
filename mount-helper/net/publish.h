/* Ports of the host that a `user` NIC publishes: may they be had? */
#ifndef WARREN_MOUNT_HELPER_NET_PUBLISH_H
#define WARREN_MOUNT_HELPER_NET_PUBLISH_H

#include "protocol/nic.h"

/* What the line alone decides. -1: EPERM, a port below 1024 that is not root's word */
int publish_look(const struct helper_nic *nic);

/* Are all free that `was` does not have already? -1: EEXIST, EINVAL */
int publish_check(const struct helper_nic *nic, const struct helper_nic *was);

/* Wait until the pasta that had them has given them back. It was told to end. */
void publish_wait(const struct helper_nic *nic);

#endif
