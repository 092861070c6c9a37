/* Locks under which networks are changed, as several workers may be at them. Each returns a
 * descriptor, the caller's: closing it unlocks. A zone's is taken before the host's. */
#ifndef WARREN_MOUNT_HELPER_NET_NETLOCK_H
#define WARREN_MOUNT_HELPER_NET_NETLOCK_H

#include "mount-helper/kit/helper.h"

/* Wait for other work at this zone's interfaces. It may be held for as long as pasta takes to
 * begin. */
int netlock_zone(const struct helper *h, uint64_t id);

/* Wait for other work at what zones share: bridges. Held for moments, as all others wait. */
int netlock_host(const struct helper *h);

#endif
