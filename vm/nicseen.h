/* The NICs that QEMU has, out of its own answers. A guest may have taken it over: what makes no
 * sense counts as another NIC than any. */
#ifndef WARREN_VM_NICSEEN_H
#define WARREN_VM_NICSEEN_H

#include "base/json.h"
#include "protocol/nic.h"

struct nic_seen {
	bool there;
	enum nic_kind kind; /* NIC_NONE: not known */
	uint8_t mac[MAC_BYTES];
	uint32_t mtu; /* that the guest is told; 0: none */
};

/* Is there a NIC among the devices without an id (qom-list)? An older warren has booted it then. */
bool nicseen_unnamed(const json_t *returned);

/* The properties of a device, by their names (qom-get). */
void nicseen_mac(const json_t *returned, struct nic_seen *seen);
void nicseen_netdev(const json_t *returned, struct nic_seen *seen);
void nicseen_mtu(const json_t *returned, struct nic_seen *seen);

#endif
