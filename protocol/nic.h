/* A network interface of a zone or VM, as the daemon and the helper say it. */
#ifndef WARREN_PROTOCOL_NIC_H
#define WARREN_PROTOCOL_NIC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { NICS = 8, NIC_ADDRS = 8, NIC_NAME = 16, MAC_BYTES = 6 };
enum { NICS_ALL = (1 << NICS) - 1 }; /* a bit for each, as in a request */
enum { NIC_MTU_LEAST = 68, NIC_MTU_LEAST_V6 = 1280, NIC_MTU_MOST = 65535, NIC_VLANS = 4094 };
enum nic_kind { NIC_NONE, NIC_BRIDGE, NIC_USER };
enum { NIC_ALLOW_ROUTER = 1, NIC_ALLOW_DHCP_SERVER = 2 }; /* bits of helper_nic::allow */

struct helper_addr {
	uint8_t family; /* 4 or 6; 0: none */
	uint8_t prefix; /* 0 for a gateway */
	uint8_t bytes[16]; /* network order; the first 4 where family is 4, then zeros */
};

enum { NIC_PUBLISHED = 16 };

/* A port of the host that leads to one of the zone's. */
struct helper_publish {
	uint8_t family; /* of the host's address: 4 or 6; 0: all of its addresses */
	uint8_t udp; /* 1: UDP; 0: TCP */
	uint16_t host, port; /* 1..65535 */
	uint8_t bytes[16]; /* the address, as in helper_addr */
};

/* Does one take a port that the other has, too? 0.0.0.0 and :: are all addresses of their family.
 */
static inline bool publish_overlap(const struct helper_publish *a, const struct helper_publish *b)
{
	static const uint8_t all[sizeof(a->bytes)];
	bool any =
	    memcmp(a->bytes, all, sizeof(all)) == 0 || memcmp(b->bytes, all, sizeof(all)) == 0;
	bool same = memcmp(a->bytes, b->bytes, sizeof(all)) == 0;
	return a->udp == b->udp && a->host == b->host &&
	       (a->family == 0 || b->family == 0 || (a->family == b->family && (any || same)));
}

/* A network interface: eth0 .. eth7 in a zone, a device of QEMU's in a VM, whose guest has its
 * addresses by itself. */
struct helper_nic {
	uint32_t kind; /* enum nic_kind. NIC_NONE: the rest is 0; NIC_USER: but for mac,
			mtu and what is published */
	uint32_t mtu; /* 0: not given */
	uint16_t vlan; /* 0: none */
	uint8_t antispoof; /* 1: only its own MAC and addresses leave it */
	uint8_t naddrs;
	uint8_t mac[MAC_BYTES];
	char bridge[NIC_NAME];
	struct helper_addr addrs[NIC_ADDRS];
	struct helper_addr gateways[2]; /* IPv4, IPv6 */
	uint8_t allow; /* what else may leave it with antispoof */
	uint8_t make; /* 1: a bridge that is not there is made */
	uint8_t low; /* 1: ports of the host below 1024 may be published */
	uint8_t npublished;
	struct helper_publish published[NIC_PUBLISHED];
};

/* On a `user` NIC the host's first name server answers here, also one at the host's 127.0.0.1. */
#define PASTA_NAMES "169.254.1.53"

#define USER_TABLE "warren-user" /* of nftables': mount-helper/net/loopback.h */

/* The host's end of NIC n of zone id: w, three letters that stand for the parent control group (of
 * which no two instances have the same), the id, a dot, n. */
static inline void nic_name(char name[NIC_NAME], const char *cgroup, uint64_t id, unsigned n)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint32_t hash = UINT32_C(2166136261); /* FNV-1a */
	char reversed[NIC_NAME], *to = name;
	int len = 0;
	for (; *cgroup != '\0'; cgroup++)
		hash = (hash ^ (uint8_t)*cgroup) * UINT32_C(16777619);
	*to++ = 'w';
	for (int i = 0; i < 3; i++, hash /= 26)
		*to++ = digits[10 + hash % 26];
	do /* ids have 40 bits: eight digits at most */
		reversed[len++] = digits[id % 36];
	while ((id /= 36) > 0 && len < 8);
	while (len > 0)
		*to++ = reversed[--len];
	*to++ = '.';
	*to++ = digits[n % NICS];
	*to = '\0';
}

#endif
