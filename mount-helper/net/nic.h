/* The network interfaces of a zone: a pair of veth interfaces each, or a tap for QEMU, and on the
 * host's side a port of a bridge with its rules. All of them are named by the zone's id (nic_name)
 * and carry an alias that says whose they are; nothing without it is changed or removed. */
#ifndef WARREN_MOUNT_HELPER_NET_NIC_H
#define WARREN_MOUNT_HELPER_NET_NIC_H

#include <stdbool.h>

#include "mount-helper/kit/helper.h"
#include "mount-helper/net/pasta.h"
#include "protocol/helper.h"

bool nics_any(const struct helper_nic nics[NICS]);

/* The network namespace of process pid below /proc, where it is of the user namespace that this uid
 * made: the zone's own. The caller's effective uid is this one. */
int nics_namespace(int proc, pid_t pid, uid_t monitor);

/* Bridges are shared: those who change networks take turns. A descriptor, the caller's: the turn
 * ends when it is closed. */
int nics_lock(const struct helper *h);

/* The zone that is worked on. */
struct nics_zone {
	uint64_t id;
	int netns;
	bool vm; /* its ports are QEMU's taps */
	struct pasta_zone pasta;
};

/* Bring the host and the namespace into line; see struct helper_nics_set.
 * In one's turn. -1: what was changed already stays. */
int nics_set(const struct helper *h, const struct nics_zone *z,
    const struct helper_nic before[NICS], const struct helper_nic nics[NICS]);

/* For a running zone; takes its turn. */
int nics_change(const struct helper *h, const struct helper_nics_set *want);

/* A tap, whose end is QEMU's. */
int nic_tap(const struct helper *h, uint64_t id, unsigned n);

/* Takes its turn. Those of the mask go, and bridges of ours that nobody needs then. */
int nics_remove(const struct helper *h, uint64_t id, uint32_t mask);

#endif
