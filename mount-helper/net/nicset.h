/* The network interfaces of a zone: a pair of veth interfaces each, or a tap for QEMU, and on the
 * host's side a port of a bridge with its rules. All of them are named by the zone's id (nic_name)
 * and carry an alias that says whose they are; nothing without it is changed or removed.
 *
 * A boot, a change and a new daemon all ask for the eight NICs as a whole, and a second request
 * changes nothing. The worker makes them at boot in the network namespace that process 1 has made
 * and reports; without NICs there is no report, and no time lost. An interface is ours by its
 * alias; until it has that, by its group, which the kernel gives it as it is made. Names have a
 * hash of the parent group in them, so that two instances do not meet. A bridge is made only for a
 * line that root wrote, as Docker, libvirt or LXC may need that name next. */
#ifndef WARREN_MOUNT_HELPER_NET_NICSET_H
#define WARREN_MOUNT_HELPER_NET_NICSET_H

#include <stdbool.h>

#include "mount-helper/kit/helper.h"
#include "mount-helper/net/pasta.h"
#include "protocol/helper.h"

bool nics_any(const struct helper_nic nics[NICS]);

/* The network namespace of process pid below /proc, where it is of the user namespace that this uid
 * made: the zone's own. The caller's effective uid is this one. -1: ESRCH, it has ended */
int nics_namespace(int proc, pid_t pid, uid_t monitor);

/* The zone that is worked on. */
struct nics_zone {
	uint64_t id;
	int netns;
	bool vm; /* its ports are QEMU's taps */
	uint32_t which, taps; /* as in struct helper_nics_set */
	struct pasta_zone pasta;
};

/* Make host and namespace as struct helper_nics_set says. Called under netlock_zone, which no other
 * zone waits for while pasta begins; the host's lock is its own business. -1: what was changed
 * already stays. */
int nics_set(const struct helper *h, const struct nics_zone *z,
    const struct helper_nic before[NICS], const struct helper_nic nics[NICS]);

/* W looks whether they could be made, and changes nothing. -1: a bridge that is another interface,
 * or is not there and not to be made; no program for `user` */
int nics_look(const struct helper *h, const struct helper_nic nics[NICS]);

/* The same as nics_set() for a running zone; locks by itself. pid 0: see struct helper_nics_set */
int nics_change(const struct helper *h, const struct helper_nics_set *want);

/* Remove the NICs of the mask, and bridges of ours that nobody needs then; locks by itself. */
int nics_remove(const struct helper *h, uint64_t id, uint32_t mask);

#endif
