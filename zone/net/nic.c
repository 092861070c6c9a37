/* What a NIC's line says, and how it is shown again. */
#include "zone/net/nic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"

#define WANTED                                                                                     \
	"give bridge=NAME or user, then mac= address=CIDR gateway= vlan= mtu= antispoof=on|off "   \
	"allow=, or none"
static const char wanted[] = WANTED;

enum { WORDS = 32, VALUE_BYTES = 64 };

/* What is being read. */
struct reading {
	struct helper_nic *nic;
	unsigned seen; /* bit N: key N of the table was there */
};

static int wrong(int code, const char *key, const char *value, const char *what)
{
	char q[VALUE_BYTES];
	return err_set(code, "%s=%s %s", key, word_quote(value, q, sizeof(q)), what);
}

/* ---- addresses ---- */

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

/* Is it an address that one station can have? */
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

static int ip_parse(const char *key, const char *text, struct helper_addr *a)
{
	*a = (struct helper_addr){0};
	if (inet_pton(AF_INET, text, a->bytes) == 1)
		a->family = 4;
	else if (inet_pton(AF_INET6, text, a->bytes) == 1)
		a->family = 6;
	else
		return wrong(EINVAL, key, text, "is no IPv4 or IPv6 address: " WANTED);
	if (!is_station(a))
		return wrong(EINVAL, key, text,
		    "is no address of a single station: give an ordinary (unicast) one");
	return 0;
}

static int cidr_check(const char *text, const struct helper_addr *a)
{
	unsigned bits = a->family == 4 ? 32 : 128;
	if (a->family == 6 || a->prefix >= bits - 1)
		return 0;
	if (rest_is(a->bytes, a->prefix, bits, 0))
		return wrong(EINVAL, "address", text,
		    "is the network itself: give a station's address in it");
	if (rest_is(a->bytes, a->prefix, bits, 1))
		return wrong(EINVAL, "address", text,
		    "is the network's broadcast address: give a station's address in it");
	return 0;
}

static int address_take(struct reading *r, char *text)
{
	char whole[VALUE_BYTES];
	struct helper_addr a;
	uint64_t prefix;
	word_quote(text, whole, sizeof(whole));
	char *slash = strchr(text, '/');
	if (slash == NULL)
		return wrong(EINVAL, "address", text,
		    "has no prefix length: give it as 192.0.2.10/24 or 2001:db8::10/64");
	*slash = '\0';
	if (ip_parse("address", text, &a) < 0 ||
	    word_u64(slash + 1, "give a prefix length behind the /", &prefix) < 0)
		return -1;
	if (prefix < 1 || prefix > (a.family == 4 ? 32 : 128))
		return wrong(ERANGE, "address", whole,
		    "has a prefix length outside the limits: give 1..32, of IPv6 1..128");
	a.prefix = (uint8_t)prefix;
	if (cidr_check(whole, &a) < 0)
		return -1;
	for (int i = 0; i < r->nic->naddrs; i++)
		if (r->nic->addrs[i].family == a.family &&
		    memcmp(r->nic->addrs[i].bytes, a.bytes, 16) == 0)
			return wrong(EINVAL, "address", whole, "is there twice: give it once");
	if (r->nic->naddrs == NIC_ADDRS)
		return wrong(ERANGE, "address", whole, "is one too many: give at most 8 addresses");
	r->nic->addrs[r->nic->naddrs++] = a;
	return 0;
}

static int gateway_take(struct reading *r, char *text)
{
	struct helper_addr a;
	if (ip_parse("gateway", text, &a) < 0)
		return -1;
	struct helper_addr *g = &r->nic->gateways[a.family == 4 ? 0 : 1];
	if (g->family != 0)
		return wrong(
		    EINVAL, "gateway", text, "is a second one: give one of IPv4 and one of IPv6");
	*g = a;
	return 0;
}

/* Several are separated by commas. */
static int each(struct reading *r, char *list, int (*take)(struct reading *, char *))
{
	for (char *one; (one = strsep(&list, ",")) != NULL;)
		if (take(r, one) < 0)
			return -1;
	return 0;
}

static int take_address(struct reading *r, char *value)
{
	return each(r, value, address_take);
}

static int take_gateway(struct reading *r, char *value)
{
	return each(r, value, gateway_take);
}

/* ---- the other keys ---- */

/* Names that stand for something else below /proc/sys/net and /sys/class/net: the kernel has no
 * interface of these, or a module of its own can't be loaded any more. */
static bool is_no_interface(const char *name)
{
	static const char *const names[] = {"all", "default", "bonding_masters"};
	for (size_t i = 0; i < NELEM(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int take_bridge(struct reading *r, char *value)
{
	if (is_no_interface(value))
		return wrong(EINVAL, "bridge", value,
		    "can't be the name of a bridge, as it means something else to the kernel: "
		    "give another one");
	if (strlen(value) >= NIC_NAME || !word_is_name(value))
		return wrong(EINVAL, "bridge", value,
		    "is no name of a bridge: give 1 to 15 of a-z A-Z 0-9 . _ - beginning with "
		    "a letter or digit");
	snprintf(r->nic->bridge, NIC_NAME, "%s", value);
	r->nic->kind = NIC_BRIDGE;
	return 0;
}

static int take_user(struct reading *r, char *value)
{
	(void)value;
	r->nic->kind = NIC_USER;
	return 0;
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

static int take_mac(struct reading *r, char *value)
{
	static const uint8_t none[MAC_BYTES];
	uint8_t *mac = r->nic->mac;
	bool good = strlen(value) == 3 * MAC_BYTES - 1;
	for (int i = 0; good && i < MAC_BYTES; i++) {
		int high = hex(value[3 * i]), low = hex(value[3 * i + 1]);
		good = high >= 0 && low >= 0 && (i == MAC_BYTES - 1 || value[3 * i + 2] == ':');
		mac[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
	}
	if (!good)
		return wrong(EINVAL, "mac", value, "is no MAC: give it as 02:00:00:12:34:56");
	if ((mac[0] & 1) != 0 || memcmp(mac, none, MAC_BYTES) == 0)
		return wrong(EINVAL, "mac", value,
		    "is no MAC of a single station: give one as 02:00:00:12:34:56");
	return 0;
}

static int number(const char *key, const char *value, uint64_t least, uint64_t most, uint64_t *n)
{
	char range[64];
	snprintf(range, sizeof(range), "give %s=N, %u..%u, or leave it out", key, (unsigned)least,
	    (unsigned)most);
	if (word_u64(value, range, n) < 0)
		return -1;
	char q[VALUE_BYTES];
	return *n >= least && *n <= most ? 0
					 : err_set(ERANGE, "%s=%s is outside the limits: %s", key,
					       word_quote(value, q, sizeof(q)), range);
}

static int take_vlan(struct reading *r, char *value)
{
	uint64_t n;
	if (number("vlan", value, 1, NIC_VLANS, &n) < 0)
		return -1;
	r->nic->vlan = (uint16_t)n;
	return 0;
}

static int take_mtu(struct reading *r, char *value)
{
	uint64_t n;
	if (number("mtu", value, NIC_MTU_LEAST, NIC_MTU_MOST, &n) < 0)
		return -1;
	r->nic->mtu = (uint32_t)n;
	return 0;
}

static int take_antispoof(struct reading *r, char *value)
{
	r->nic->antispoof = strcmp(value, "on") == 0;
	if (!r->nic->antispoof && strcmp(value, "off") != 0)
		return wrong(EINVAL, "antispoof", value, "is neither: give on or off");
	return 0;
}

static const struct {
	const char *word;
	uint8_t bit;
} allowed[] = {{"router", NIC_ALLOW_ROUTER}, {"dhcp-server", NIC_ALLOW_DHCP_SERVER}};

static int allow_take(struct reading *r, char *word)
{
	for (size_t i = 0; i < NELEM(allowed); i++) {
		if (strcmp(allowed[i].word, word) != 0)
			continue;
		if ((r->nic->allow & allowed[i].bit) != 0)
			return wrong(EINVAL, "allow", word, "is there twice: give it once");
		r->nic->allow |= allowed[i].bit;
		return 0;
	}
	return wrong(EINVAL, "allow", word, "is neither: give router, dhcp-server, or both");
}

static int take_allow(struct reading *r, char *value)
{
	return each(r, value, allow_take);
}

enum { KEY_BRIDGE = 1, KEY_USER = 2 }; /* reading::seen */
static const struct {
	const char *key;
	bool more; /* may be there again */
	bool user; /* has a sense without a bridge */
	int (*take)(struct reading *, char *value);
} keys[] = {
    {"bridge", false, false, take_bridge},
    {"user", false, true, take_user},
    {"mac", false, true, take_mac},
    {"address", true, false, take_address},
    {"gateway", true, false, take_gateway},
    {"vlan", false, false, take_vlan},
    {"mtu", false, true, take_mtu},
    {"antispoof", false, false, take_antispoof},
    {"allow", false, false, take_allow},
};

static int take_word(struct reading *r, char *word)
{
	char q[VALUE_BYTES];
	char *value = word, *key = strsep(&value, "=");
	bool user = strcmp(key, "user") == 0;
	if (user ? value != NULL : value == NULL || *value == '\0')
		return err_set(
		    EINVAL, "\"%s\" is no KEY=VALUE: %s", word_quote(key, q, sizeof(q)), wanted);
	for (size_t i = 0; i < NELEM(keys); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		if (!keys[i].more && (r->seen >> i & 1) != 0)
			return err_set(EINVAL, "%s= is there twice: %s", key, wanted);
		r->seen |= 1U << i;
		return keys[i].take(r, value);
	}
	return err_set(
	    EINVAL, "\"%s\" is not a property of a NIC: %s", word_quote(key, q, sizeof(q)), wanted);
}

/* ---- the whole ---- */

/* Can packets for it be sent at once, without a router? */
static bool is_near(const struct helper_nic *nic, const struct helper_addr *g)
{
	static const uint8_t link_local[] = {0xfe, 0x80};
	if (g->family == 6 && bits_equal(g->bytes, link_local, 10))
		return true;
	for (int i = 0; i < nic->naddrs; i++)
		if (nic->addrs[i].family == g->family &&
		    bits_equal(nic->addrs[i].bytes, g->bytes, nic->addrs[i].prefix))
			return true;
	return false;
}

static void ip_show(const struct helper_addr *a, char to[INET6_ADDRSTRLEN])
{
	inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, to, INET6_ADDRSTRLEN);
}

static int check_whole(const struct helper_nic *nic)
{
	char ip[INET6_ADDRSTRLEN];
	if (nic->kind == NIC_NONE)
		return err_set(EINVAL, "it has neither bridge= nor user: %s", wanted);
	if (nic->kind == NIC_USER)
		return 0;
	if (nic->allow != 0 && !nic->antispoof)
		return err_set(EINVAL, "allow= is for antispoof=on, without which all may leave: "
				       "leave one of them out");
	for (int i = 0; i < 2; i++) {
		const struct helper_addr *g = &nic->gateways[i];
		ip_show(g, ip);
		if (g->family != 0 && !is_near(nic, g))
			return err_set(EINVAL,
			    "gateway=%s is in none of its networks: give it an address= in the "
			    "gateway's network, too",
			    ip);
		for (int j = 0; g->family != 0 && j < nic->naddrs; j++)
			if (nic->addrs[j].family == g->family &&
			    memcmp(nic->addrs[j].bytes, g->bytes, 16) == 0)
				return err_set(
				    EINVAL, "gateway=%s is its own address: give the router's", ip);
	}
	for (int i = 0; i < nic->naddrs; i++)
		if (nic->addrs[i].family == 6 && nic->mtu != 0 && nic->mtu < NIC_MTU_LEAST_V6)
			return err_set(ERANGE, "mtu=%u is too small for IPv6: give %d..%d",
			    (unsigned)nic->mtu, NIC_MTU_LEAST_V6, NIC_MTU_MOST);
	return 0;
}

int nic_parse(char *text, struct helper_nic *nic)
{
	char *words[WORDS];
	struct reading r = {.nic = nic};
	*nic = (struct helper_nic){.antispoof = 1};
	int n = word_split(text, words, WORDS);
	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (take_word(&r, words[i]) < 0)
			return -1;
	if ((r.seen & KEY_BRIDGE) != 0 && (r.seen & KEY_USER) != 0)
		return err_set(EINVAL, "it has both bridge= and user: give one of them");
	for (size_t i = 0; (r.seen & KEY_USER) != 0 && i < NELEM(keys); i++)
		if ((r.seen >> i & 1) != 0 && !keys[i].user)
			return err_set(EINVAL,
			    "%s= is for a NIC on a bridge: with user give mac= and mtu= alone",
			    keys[i].key);
	if (nic->kind == NIC_USER)
		nic->antispoof = 0; /* nothing of its own leaves the host */
	return check_whole(nic);
}

static void list_show(const char *key, const struct helper_addr *a, int n, struct buf *b)
{
	const char *before = key;
	char ip[INET6_ADDRSTRLEN];
	for (int i = 0; i < n; i++) {
		if (a[i].family == 0)
			continue;
		ip_show(&a[i], ip);
		buf_printf(b, "%s%s", before, ip);
		if (a[i].prefix != 0)
			buf_printf(b, "/%u", a[i].prefix);
		before = ",";
	}
}

void nic_show(const struct helper_nic *nic, struct buf *b)
{
	static const uint8_t none[MAC_BYTES];
	const uint8_t *m = nic->mac;
	if (nic->kind == NIC_USER)
		buf_str(b, "user");
	else
		buf_printf(b, "bridge=%s", nic->bridge);
	if (memcmp(m, none, MAC_BYTES) != 0)
		buf_printf(
		    b, " mac=%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	list_show(" address=", nic->addrs, nic->naddrs, b);
	list_show(" gateway=", nic->gateways, 2, b);
	if (nic->vlan != 0)
		buf_printf(b, " vlan=%u", nic->vlan);
	if (nic->mtu != 0)
		buf_printf(b, " mtu=%u", (unsigned)nic->mtu);
	if (nic->kind == NIC_BRIDGE)
		buf_printf(b, " antispoof=%s", nic->antispoof ? "on" : "off");
	const char *before = " allow=";
	for (size_t i = 0; i < NELEM(allowed); i++) {
		if ((nic->allow & allowed[i].bit) == 0)
			continue;
		buf_printf(b, "%s%s", before, allowed[i].word);
		before = ",";
	}
}

static int parse(const struct row *r, char *text, union value *v)
{
	struct helper_nic nic;
	struct buf b = {0};
	(void)r;
	v->s = NULL;
	if (strcmp(text, "none") == 0)
		return 0;
	if (nic_parse(text, &nic) < 0)
		return -1;
	nic_show(&nic, &b);
	v->s = buf_take(&b, NULL);
	return 0;
}

static void format(const struct row *r, const union value *v, struct buf *b)
{
	(void)r;
	buf_printf(b, "%s\n", v->s != NULL ? v->s : "none");
}

const struct kind kind_nic = {true, false, parse, format};
