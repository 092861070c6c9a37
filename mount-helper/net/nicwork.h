/* One interface of a zone's, while it is worked on. */
#ifndef WARREN_MOUNT_HELPER_NET_NICWORK_H
#define WARREN_MOUNT_HELPER_NET_NICWORK_H

#include "mount-helper/net/iface.h"
#include "mount-helper/net/nicset.h"

struct nic_work {
	const struct helper *h;
	struct nl *host, *inside;
	const char *cgroup;
	const struct nics_zone *zone;
	unsigned n;
	char name[NIC_NAME], eth[NIC_NAME], alias[128];
	const struct helper_nic *nic, *before;
	bool made; /* the interface is new: nothing of `before` exists any more */
};

/* Is this interface of the host's the zone's? One whose maker died before it got its alias is known
 * by its group. */
bool nic_is_mine(const struct nic_work *w, const struct iface *i);

int nic_name_refuse(const char *name); /* an interface of this name is not the zone's: EEXIST */

/* Remove the host's end and its rules. If the zone has ended, the end may be gone and the rules be
 * left; or another program may have made one of this name since, which stays. */
int nic_port_remove(struct nic_work *w);

#endif
