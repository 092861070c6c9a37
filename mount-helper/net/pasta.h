/* NAT without a bridge, by pasta(1) of the package passt: an ordinary process on the host that
 * speaks for the zone. It has the uid of the zone's monitor, and a sandbox that it makes for
 * itself; no capability but, until then, that for ports below 1024, where root publishes some. It
 * is in the zone's control groups: what it uses is the zone's, and it ends with it.
 *
 * pasta needs nothing but to own the zone's user namespace, which is the monitor's uid. QEMU's
 * `-netdev user` goes the same way, in QEMU's own network. pasta answers questions for names at an
 * address of its own (PASTA_NAMES), as the host's resolver is often at 127.0.0.53. */
#ifndef WARREN_MOUNT_HELPER_NET_PASTA_H
#define WARREN_MOUNT_HELPER_NET_PASTA_H

#include <sys/types.h>

#include "mount-helper/cgroup/group.h"
#include "protocol/nic.h"

#define PASTA "/usr/bin/pasta"

/* Where the zone is: process pid of it, on the host. */
struct pasta_zone {
	const struct group_join *join; /* into its groups, opened as root */
	pid_t pid;
	uid_t monitor;
};

int pasta_look(void); /* Is it there? -1: EOPNOTSUPP */

/* Make the interface eth in the zone's network: it is up and has the host's addresses when this
 * returns. pasta ends when the interface is removed, and when process pid ends. */
int pasta_start(const struct pasta_zone *z, const char *eth, const struct helper_nic *nic);

#endif
