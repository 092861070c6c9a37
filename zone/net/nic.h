/* nic0 .. nic7: what they say, and how it takes force. */
#ifndef WARREN_ZONE_NET_NIC_H
#define WARREN_ZONE_NET_NIC_H

#include "fs/authored.h"
#include "fs/keyed.h"
#include "protocol/helper.h"

struct obj;
struct zone;

enum { NIC_ROW = 64 }; /* the row number of nic0 */

#define NIC_WANTED                                                                                 \
	"give bridge=NAME or user, then mac= address=CIDR gateway= vlan= mtu= antispoof=on|off "   \
	"allow= publish=, or none"

/* What a line says: bits of `given`. */
enum {
	NIC_KEY_BRIDGE,
	NIC_KEY_USER,
	NIC_KEY_MAC,
	NIC_KEY_ADDRESS,
	NIC_KEY_GATEWAY,
	NIC_KEY_VLAN,
	NIC_KEY_MTU,
	NIC_KEY_ANTISPOOF,
	NIC_KEY_ALLOW,
	NIC_KEY_PUBLISH,
};

/* For published ports QEMU listens at this port and the following ones, in the VM's network, and
 * passes on to the guest: low ports would need a capability. */
enum { NIC_FORWARDED = 20000 };

struct nic_line {
	unsigned given; /* fs/keyed.h */
	struct helper_nic nic; /* mac is zeros where none is given */
};

extern const struct keyed nic_keyed;

/* ---- of a zone ---- */

struct zone_nics {
	struct authored set[NICS]; /* settings: struct nic_line */
	uint8_t macs[NICS][MAC_BYTES]; /* made by us once, for the life of the zone; zeros: not
					* yet */
	struct helper_nic
	    now[NICS]; /* what the helper was last asked for: in force, or a part of it */
	struct helper_nic asked[NICS]; /* asked of the helper, no answer yet */
	bool dirty; /* settings were changed that are not in force */
	uint32_t look; /* bit N: NIC N was written, and the helper is to look at it */
	bool busy; /* the helper is at it */
	bool found; /* anything may be there: an earlier daemon left the zone running, or a VM's
		     * NICs have changed */
};

#endif
