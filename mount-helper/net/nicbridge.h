/* The bridge that a NIC's line names: found, made, or refused. */
#ifndef WARREN_MOUNT_HELPER_NET_NICBRIDGE_H
#define WARREN_MOUNT_HELPER_NET_NICBRIDGE_H

#include "mount-helper/net/bridge.h"

/* By what an instance knows its own bridges. */
struct bridge_names nic_bridge_names(const char *cgroup);

/* Would nic_bridge_ready succeed? Changes nothing; index is 0 if the bridge would be made. -1:
 * EINVAL another interface; EPERM not there; EOPNOTSUPP no VLANs on it */
int nic_bridge_look(
    struct nl *nl, const char *cgroup, const struct helper_nic *nic, struct iface *bridge);

/* See that the bridge exists, and filters VLANs if the NIC has one. Under netlock_host(). -1: the
 * same */
int nic_bridge_ready(
    struct nl *nl, const char *cgroup, const struct helper_nic *nic, struct iface *bridge);

#endif
