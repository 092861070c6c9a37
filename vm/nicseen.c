#include "vm/nicseen.h"

#include <stdio.h>

#include "base/list.h"

bool nicseen_unnamed(const json_t *returned)
{
	static const char *const drivers[] = {
	    "child<virtio-net-pci>", "child<virtio-net-device>", "child<e1000>", "child<e1000e>"};
	size_t i;
	json_t *one;
	bool is = false;
	json_array_foreach(returned, i, one)
		for (size_t d = 0; d < NELEM(drivers); d++)
			is = is || strcmp(json_word(one, "type"), drivers[d]) == 0;
	return is;
}

static const char *string_of(const json_t *returned)
{
	return json_is_string(returned) ? json_string_value(returned) : "";
}

void nicseen_mac(const json_t *returned, struct nic_seen *seen)
{
	uint8_t *m = seen->mac;
	if (sscanf(string_of(returned), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &m[0], &m[1], &m[2],
		&m[3], &m[4], &m[5]) != MAC_BYTES)
		memset(m, 0, MAC_BYTES);
}

void nicseen_netdev(const json_t *returned, struct nic_seen *seen)
{
	const char *name = string_of(returned);
	seen->kind = strncmp(name, "tap", 3) == 0    ? NIC_BRIDGE
		     : strncmp(name, "user", 4) == 0 ? NIC_USER
						     : NIC_NONE;
}

void nicseen_mtu(const json_t *returned, struct nic_seen *seen)
{
	double mtu = json_number_value(returned);
	seen->mtu = mtu > 0 && mtu <= NIC_MTU_MOST ? (uint32_t)mtu : 0;
}
