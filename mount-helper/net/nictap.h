/* The tap of a VM's NIC: a port on the host's side, a descriptor on QEMU's. It goes when QEMU
 * closes that. */
#ifndef WARREN_MOUNT_HELPER_NET_NICTAP_H
#define WARREN_MOUNT_HELPER_NET_NICTAP_H

#include "mount-helper/net/nicwork.h"

/* Make the tap of NIC n of VM id. Returns its descriptor, the caller's. */
int nic_tap(const struct helper *h, uint64_t id, unsigned n);

/* Find it; or make it, and *tap is its descriptor, the caller's. */
int nic_tap_get(struct nic_work *w, struct iface *port, int *tap);

/* Hand it to the QEMU that runs, as nicN (QMP's getfd). */
int nic_tap_give(struct nic_work *w, int tap);

#endif
