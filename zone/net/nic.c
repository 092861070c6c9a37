/* What the line of a NIC may say. */
#include "zone/net/nic.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/word.h"
#include "zone/net/addr.h"
#include "zone/net/publish.h"

/* ---- kinds of keys ---- */

/* Names that mean something else below /proc/sys/net and /sys/class/net: the kernel has no
 * interface of this name, or one would keep a module from being loaded. */
static bool is_no_interface(const char *name)
{
	static const char *const names[] = {"all", "default", "bonding_masters"};
	for (size_t i = 0; i < NELEM(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int bridge_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	if (is_no_interface(value))
		return key_wrong(EINVAL, k, value,
		    "can't be the name of a bridge, as it means something else to the kernel: "
		    "give another one");
	if (strlen(value) >= NIC_NAME || !word_is_name(value))
		return key_wrong(EINVAL, k, value,
		    "is no name of a bridge: give 1 to 15 of a-z A-Z 0-9 . _ - beginning with "
		    "a letter or digit");
	return key_text.parse(r, k, value, field);
}

static void bridge_format(const struct key *k, const void *field, struct buf *b)
{
	key_text.format(k, field, b);
}

static int hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

static int mac_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	static const uint8_t none[MAC_BYTES];
	uint8_t *mac = field;
	bool good = strlen(value) == 3 * MAC_BYTES - 1;
	(void)r;
	for (int i = 0; good && i < MAC_BYTES; i++) {
		int high = hex_value(value[3 * i]), low = hex_value(value[3 * i + 1]);
		good = high >= 0 && low >= 0 && (i == MAC_BYTES - 1 || value[3 * i + 2] == ':');
		mac[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
	}
	if (!good)
		return key_wrong(EINVAL, k, value, "is no MAC: give it as 02:00:00:12:34:56");
	if ((mac[0] & 1) != 0 || memcmp(mac, none, MAC_BYTES) == 0)
		return key_wrong(EINVAL, k, value,
		    "is no MAC of a single station: give one as 02:00:00:12:34:56");
	return 0;
}

static void mac_format(const struct key *k, const void *field, struct buf *b)
{
	const uint8_t *m = field;
	(void)k;
	buf_printf(b, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static const struct {
	const char *word;
	uint8_t bit;
} allowed[] = {{"router", NIC_ALLOW_ROUTER}, {"dhcp-server", NIC_ALLOW_DHCP_SERVER}};

static int allow_add(const struct key *k, char *word, void *field)
{
	uint8_t *allow = field;
	for (size_t i = 0; i < NELEM(allowed); i++) {
		if (strcmp(allowed[i].word, word) != 0)
			continue;
		if ((*allow & allowed[i].bit) != 0)
			return key_wrong(EINVAL, k, word, "is there twice: give it once");
		*allow |= allowed[i].bit;
		return 0;
	}
	return key_wrong(EINVAL, k, word, "is neither: give router, dhcp-server, or both");
}

static int allow_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	(void)r;
	return key_each(k, value, field, allow_add);
}

static void allow_format(const struct key *k, const void *field, struct buf *b)
{
	const uint8_t *allow = field;
	const char *before = "";
	(void)k;
	for (size_t i = 0; i < NELEM(allowed); i++) {
		if ((*allow & allowed[i].bit) == 0)
			continue;
		buf_printf(b, "%s%s", before, allowed[i].word);
		before = ",";
	}
}

static const struct key_kind key_bridge = {bridge_parse, bridge_format};
static const struct key_kind key_mac = {mac_parse, mac_format};
static const struct key_kind key_allow = {allow_parse, allow_format};

/* ---- the keys ---- */

static const char *const switches[] = {"off", "on", NULL};

static const struct key keys[] = {
    [NIC_KEY_BRIDGE] = {"bridge", &key_bridge, KEY_FIELD(struct nic_line, nic.bridge)},
    [NIC_KEY_USER] = {"user", &key_flag, .flags = KEY_BARE},
    [NIC_KEY_MAC] = {"mac", &key_mac, KEY_FIELD(struct nic_line, nic.mac)},
    [NIC_KEY_ADDRESS] = {"address", &key_addresses, KEY_MANY, KEY_FIELD(struct nic_line, nic)},
    [NIC_KEY_GATEWAY] = {"gateway", &key_gateways, KEY_MANY, KEY_FIELD(struct nic_line, nic)},
    [NIC_KEY_VLAN] = {"vlan", &key_number, KEY_FIELD(struct nic_line, nic.vlan), .min = 1,
	.max = NIC_VLANS, .wanted = "give vlan=N, 1..4094, or leave it out"},
    [NIC_KEY_MTU] = {"mtu", &key_number, KEY_FIELD(struct nic_line, nic.mtu), .min = NIC_MTU_LEAST,
	.max = NIC_MTU_MOST, .wanted = "give mtu=N, 68..65535, or leave it out"},
    [NIC_KEY_ANTISPOOF] = {"antispoof", &key_choice, KEY_FIELD(struct nic_line, nic.antispoof),
	.words = switches, .wanted = "give on or off"},
    [NIC_KEY_ALLOW] = {"allow", &key_allow, KEY_FIELD(struct nic_line, nic.allow)},
    [NIC_KEY_PUBLISH] = {"publish", &key_publish, KEY_MANY, KEY_FIELD(struct nic_line, nic)},
    {0},
};

static int user_check(struct nic_line *l)
{
	const unsigned fit =
	    1U << NIC_KEY_USER | 1U << NIC_KEY_MAC | 1U << NIC_KEY_MTU | 1U << NIC_KEY_PUBLISH;
	if (keyed_has(l, NIC_KEY_BRIDGE))
		return err_set(EINVAL, "it has both bridge= and user: give one of them");
	for (unsigned i = 0; keys[i].name != NULL; i++)
		if (keyed_has(l, i) && (fit >> i & 1) == 0)
			return err_set(EINVAL,
			    "%s= is for a NIC on a bridge: with user give mac=, mtu= and publish= "
			    "alone",
			    keys[i].name);
	l->nic.kind = NIC_USER;
	return 0;
}

static int gateway_check(const struct helper_nic *nic, const struct helper_addr *g)
{
	struct buf ip = {0};
	const char *what = NULL;
	for (int i = 0; i < nic->naddrs; i++)
		if (addr_equal(&nic->addrs[i], g))
			what = "is its own address: give the router's";
	if (!addr_serves(nic, g))
		what = "has no address= of its kind beside it: give one of IPv4, or IPv6, too";
	addr_format(g, &ip);
	int result =
	    what == NULL ? 0 : key_wrong(EINVAL, &keys[NIC_KEY_GATEWAY], buf_text(&ip), what);
	buf_finish(&ip);
	return result;
}

static int bridge_check(struct nic_line *l)
{
	struct helper_nic *nic = &l->nic;
	nic->kind = NIC_BRIDGE;
	if (keyed_has(l, NIC_KEY_PUBLISH))
		return err_set(EINVAL, "publish= is for a NIC with user: what is on a bridge is "
				       "reached by its own address");
	if (!keyed_has(l, NIC_KEY_ANTISPOOF))
		nic->antispoof = 1;
	l->given |= 1U << NIC_KEY_ANTISPOOF; /* always shown */
	if (nic->allow != 0 && !nic->antispoof)
		return err_set(EINVAL, "allow= is for antispoof=on, without which all may leave: "
				       "leave one of them out");
	for (int i = 0; i < 2; i++)
		if (nic->gateways[i].family != 0 && gateway_check(nic, &nic->gateways[i]) < 0)
			return -1;
	for (int i = 0; i < nic->naddrs; i++)
		if (nic->addrs[i].family == 6 && nic->mtu != 0 && nic->mtu < NIC_MTU_LEAST_V6)
			return err_set(ERANGE, "mtu=%u is too small for IPv6: give %d..%d",
			    (unsigned)nic->mtu, NIC_MTU_LEAST_V6, NIC_MTU_MOST);
	return 0;
}

static int check(const struct row *r, void *line)
{
	if (keyed_has(line, NIC_KEY_USER))
		return user_check(line);
	if (keyed_has(line, NIC_KEY_BRIDGE))
		return bridge_check(line);
	return err_set(EINVAL, "it has neither bridge= nor user: %s", r->wanted);
}

const struct keyed nic_keyed = {"a NIC", sizeof(struct nic_line), keys, check};
