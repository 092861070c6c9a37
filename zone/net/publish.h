/* publish= in the line of a NIC: ports of the host that lead into the zone. */
#ifndef WARREN_ZONE_NET_PUBLISH_H
#define WARREN_ZONE_NET_PUBLISH_H

#include "fs/keyed.h"

/* [ADDRESS:]HOSTPORT:PORT[/udp], several between commas; its field is a helper_nic. */
extern const struct key_kind key_publish;

#endif
