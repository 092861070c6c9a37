/* Addresses and gateways in the line of a NIC. */
#include "zone/net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/word.h"
#include "zone/net/nic.h"

enum { VALUE_BYTES = 64 };

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned n)
{
	unsigned whole = n / 8, rest = n % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);
	return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

/* Bits from `from` to the end are all `bit`. */
static bool rest_is(const uint8_t *a, unsigned from, unsigned bits, int bit)
{
	for (unsigned i = from; i < bits; i++)
		if ((a[i / 8] >> (7 - i % 8) & 1) != bit)
			return false;
	return true;
}

/* Is it a unicast address, which an interface can have? */
static bool is_station(const struct helper_addr *a)
{
	static const uint8_t none[16], self[16] = {[15] = 1},
				       mapped[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *b = a->bytes;
	if (a->family == 4)
		return b[0] != 0 && b[0] != 127 && b[0] < 224;
	return b[0] != 0xff && memcmp(b, none, 16) != 0 && memcmp(b, self, 16) != 0 &&
	       memcmp(b, mapped, 12) != 0;
}

static int ip_parse(const struct key *k, const char *text, struct helper_addr *a)
{
	*a = (struct helper_addr){0};
	if (inet_pton(AF_INET, text, a->bytes) == 1)
		a->family = 4;
	else if (inet_pton(AF_INET6, text, a->bytes) == 1)
		a->family = 6;
	else
		return key_wrong(EINVAL, k, text, "is no IPv4 or IPv6 address: " NIC_WANTED);
	if (!is_station(a))
		return key_wrong(EINVAL, k, text,
		    "is no address of a single station: give an ordinary (unicast) one");
	return 0;
}

static int cidr_check(const struct key *k, const char *text, const struct helper_addr *a)
{
	unsigned bits = a->family == 4 ? 32 : 128;
	if (a->family == 6 || a->prefix >= bits - 1)
		return 0;
	if (rest_is(a->bytes, a->prefix, bits, 0))
		return key_wrong(
		    EINVAL, k, text, "is the network itself: give a station's address in it");
	if (rest_is(a->bytes, a->prefix, bits, 1))
		return key_wrong(EINVAL, k, text,
		    "is the network's broadcast address: give a station's address in it");
	return 0;
}

bool addr_equal(const struct helper_addr *a, const struct helper_addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* NICs ask nobody for an address; who writes that is told what to write instead. */
static bool asking_is_refused(const struct key *k, const char *text)
{
	if (strcmp(text, "dhcp") == 0)
		key_wrong(EINVAL, k, text,
		    "is nothing that warren asks for: give address=CIDR, or leave it out and run a "
		    "DHCP client inside (a zone's needs +net_admin in privileges)");
	else if (strcmp(text, "auto") == 0)
		key_wrong(EINVAL, k, text,
		    "is what a NIC without address= does: leave it out, and routers give it its "
		    "IPv6 addresses; those of IPv4 are given as address=CIDR");
	else
		return false;
	return true;
}

/* `text` loses its prefix length; `whole` shows it in refusals. */
static int cidr_parse(const struct key *k, char *text, const char *whole, struct helper_addr *a)
{
	uint64_t prefix;
	char *slash = strchr(text, '/');
	if (slash == NULL)
		return key_wrong(EINVAL, k, text,
		    "has no prefix length: give it as 192.0.2.10/24 or 2001:db8::10/64");
	*slash = '\0';
	if (ip_parse(k, text, a) < 0 ||
	    word_u64(slash + 1, "give a prefix length behind the /", &prefix) < 0)
		return -1;
	if (prefix < 1 || prefix > (a->family == 4 ? 32 : 128))
		return key_wrong(ERANGE, k, whole,
		    "has a prefix length outside the limits: give 1..32, of IPv6 1..128");
	a->prefix = (uint8_t)prefix;
	return cidr_check(k, whole, a);
}

static int address_add(const struct key *k, char *text, void *field)
{
	struct helper_nic *nic = field;
	char whole[VALUE_BYTES];
	struct helper_addr a;
	word_quote(text, whole, sizeof(whole));
	if (asking_is_refused(k, text) || cidr_parse(k, text, whole, &a) < 0)
		return -1;
	for (int i = 0; i < nic->naddrs; i++)
		if (addr_equal(&nic->addrs[i], &a))
			return key_wrong(EINVAL, k, whole, "is there twice: give it once");
	if (nic->naddrs == NIC_ADDRS)
		return key_wrong(ERANGE, k, whole, "is one too many: give at most 8 addresses");
	nic->addrs[nic->naddrs++] = a;
	return 0;
}

static int gateway_add(const struct key *k, char *text, void *field)
{
	struct helper_nic *nic = field;
	struct helper_addr a;
	if (ip_parse(k, text, &a) < 0)
		return -1;
	struct helper_addr *g = &nic->gateways[a.family == 4 ? 0 : 1];
	if (g->family != 0)
		return key_wrong(
		    EINVAL, k, text, "is a second one: give one of IPv4 and one of IPv6");
	*g = a;
	return 0;
}

static int addresses_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	(void)r;
	return key_each(k, value, field, address_add);
}

static int gateways_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	(void)r;
	return key_each(k, value, field, gateway_add);
}

void addr_format(const struct helper_addr *a, struct buf *b)
{
	char ip[INET6_ADDRSTRLEN];
	inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, ip, sizeof(ip));
	buf_str(b, ip);
	if (a->prefix != 0)
		buf_printf(b, "/%u", a->prefix);
}

static void list_format(const struct helper_addr *a, int n, struct buf *b)
{
	const char *before = "";
	for (int i = 0; i < n; i++) {
		if (a[i].family == 0)
			continue;
		buf_str(b, before);
		addr_format(&a[i], b);
		before = ",";
	}
}

static void addresses_format(const struct key *k, const void *field, struct buf *b)
{
	const struct helper_nic *nic = field;
	(void)k;
	list_format(nic->addrs, nic->naddrs, b);
}

static void gateways_format(const struct key *k, const void *field, struct buf *b)
{
	const struct helper_nic *nic = field;
	(void)k;
	list_format(nic->gateways, 2, b);
}

const struct key_kind key_addresses = {addresses_parse, addresses_format};
const struct key_kind key_gateways = {gateways_parse, gateways_format};

bool addr_serves(const struct helper_nic *nic, const struct helper_addr *g)
{
	static const uint8_t link_local[] = {0xfe, 0x80};
	if (g->family == 6 && bits_equal(g->bytes, link_local, 10))
		return true;
	for (int i = 0; i < nic->naddrs; i++)
		if (nic->addrs[i].family == g->family)
			return true;
	return false;
}
