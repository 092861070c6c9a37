/* vm/nicseen: what QEMU says of its NICs, be it true or not. */
#include <check.h>

#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/nicseen.h"

static json_t *json_of(const char *text)
{
	json_t *m = json_loads(text, JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(m);
	return m;
}

START_TEST(those_of_an_older_warren_have_none)
{
	json_t *with = json_of("[{\"name\": \"device[0]\", \"type\": \"child<virtio-net-pci>\"}]");
	json_t *none = json_of("[{\"name\": \"device[0]\", \"type\": \"child<pvpanic>\"}, 3]");
	ck_assert(nicseen_unnamed(with));
	ck_assert(!nicseen_unnamed(none));
	json_decref(with);
	json_decref(none);
}
END_TEST

static struct nic_seen seen_of(const char *mac, const char *netdev, const char *mtu)
{
	struct nic_seen seen = {0};
	json_t *m = json_of(mac), *n = json_of(netdev), *u = json_of(mtu);
	nicseen_mac(m, &seen);
	nicseen_netdev(n, &seen);
	nicseen_mtu(u, &seen);
	json_decref(m);
	json_decref(n);
	json_decref(u);
	return seen;
}

START_TEST(properties_are_read)
{
	static const uint8_t mac[MAC_BYTES] = {2, 0, 0, 0x12, 0xab, 0xff};
	struct nic_seen s = seen_of("\"02:00:00:12:ab:ff\"", "\"tap3\"", "1400");
	ck_assert_int_eq(memcmp(s.mac, mac, sizeof(mac)), 0);
	ck_assert_int_eq(s.kind, NIC_BRIDGE);
	ck_assert_uint_eq(s.mtu, 1400);
	s = seen_of("\"02:00:00:12:ab:ff\"", "\"user3\"", "0");
	ck_assert_int_eq(s.kind, NIC_USER);
	ck_assert_uint_eq(s.mtu, 0);
}
END_TEST

static const char *const nonsense[] = {
    "null", "7", "-1", "1e300", "{}", "[]", "\"\"", "\"02:00\"", "\"x\"", "true"};

START_TEST(nonsense_is_no_known_nic)
{
	static const uint8_t none[MAC_BYTES];
	struct nic_seen s = seen_of(nonsense[_i], nonsense[_i], nonsense[_i]);
	ck_assert_int_eq(memcmp(s.mac, none, sizeof(none)), 0);
	ck_assert_int_eq(s.kind, NIC_NONE);
	ck_assert_uint_eq(s.mtu, _i == 1 ? 7 : 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nicseen");
	TCase *t = tcase_create("nicseen");
	tcase_add_test(t, those_of_an_older_warren_have_none);
	tcase_add_test(t, properties_are_read);
	tcase_add_loop_test(t, nonsense_is_no_known_nic, 0, NELEM(nonsense));
	suite_add_tcase(s, t);
	return suite_run(s);
}
