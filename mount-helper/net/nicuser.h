/* A `user` NIC: pasta serves it, and the host is closed to it. */
#ifndef WARREN_MOUNT_HELPER_NET_NICUSER_H
#define WARREN_MOUNT_HELPER_NET_NICUSER_H

#include "mount-helper/net/nicwork.h"

/* Close the host to it, and remove what the NIC was before. Under netlock_host; if the host can't
 * be closed, the NIC stays what it was. */
int nic_user_begin(struct nic_work *w);

/* Have pasta serve it, unless it does already. It takes seconds, so only the zone's lock is held.
 */
int nic_user_serve(struct nic_work *w);

int nic_user_end(struct nic_work *w); /* it is none, or no longer one */

#endif
