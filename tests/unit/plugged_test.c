/* vm/plugged: what QEMU's answers say, and that a hostile one says nothing. */
#include <check.h>
#include <string.h>

#include "base/json.h"
#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/plugged.h"

static const struct {
	const char *answer;
	unsigned disks, ports;
} lists[] = {
    {"[]", 0, 0},
    {"[{\"name\":\"disk0\",\"type\":\"child<virtio-blk-pci>\"},{\"name\":\"port-disk7\",\"type\":"
     "\"child<pcie-root-port>\"}]",
	1, 1 << 7},
    {"[{\"name\":\"disk1\",\"type\":\"child<ide-hd>\"},{\"name\":\"type\",\"type\":\"string\"}]", 0,
	0},
    {"[{\"name\":\"disk8\",\"type\":\"child<virtio-blk-pci>\"},{\"name\":\"disk\",\"type\":\"child<"
     "virtio-blk-pci>\"},{\"name\":\"disk11\",\"type\":\"child<virtio-blk-pci>\"}]",
	0, 0},
    {"[{\"name\":\"disk2x\",\"type\":\"child<virtio-blk-pci>\"},{\"name\":7,\"type\":[]},8,null]",
	0, 0},
    {"{\"name\":\"disk2\",\"type\":\"child<virtio-blk-pci>\"}", 0, 0},
    {"7", 0, 0},
};

START_TEST(devices_of_a_list)
{
	json_t *list = json_loads(lists[_i].answer, JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(list);
	ck_assert_uint_eq(plugged_devices(list, "disk", "virtio-blk-pci"), lists[_i].disks);
	ck_assert_uint_eq(plugged_devices(list, "port-disk", "pcie-root-port"), lists[_i].ports);
	json_decref(list);
}
END_TEST

START_TEST(devices_of_any_driver)
{
	json_t *list =
	    json_loads("[{\"name\":\"nic0\",\"type\":\"child<virtio-net-pci>\"},"
		       "{\"name\":\"nic7\",\"type\":7},{\"name\":\"nic8\"},{\"name\":8},9]",
		0, NULL);
	ck_assert_ptr_nonnull(list);
	ck_assert_uint_eq(plugged_devices(list, "nic", NULL), 1 | 1 << 7);
	json_decref(list);
}
END_TEST

static const struct {
	const char *answer;
	unsigned disks;
} blocks[] = {
    {"[]", 0},
    {"[{\"device\":\"\",\"qdev\":\"disk3\"}]", 1 << 3},
    {"[{\"qdev\":\"/machine/peripheral/disk5/virtio-backend\"},{\"qdev\":\"cdrom\"}]", 1 << 5},
    /* of a warren whose devices had no ids */
    {"[{\"qdev\":\"/machine/peripheral-anon/device[1]\",\"inserted\":{\"node-name\":\"disk2\"}}]",
	1 << 2},
    {"[{\"qdev\":\"/machine/peripheral/disk5x/virtio-backend\"},{\"qdev\":\"disk\"},{\"inserted\":"
     "{\"node-name\":\"disk9\"}},{\"inserted\":{\"node-name\":\"file1\"}}]",
	0},
    {"[{\"qdev\":7,\"inserted\":[]},{\"inserted\":\"disk1\"},\"disk1\",[]]", 0},
    {"{\"qdev\":\"disk1\"}", 0},
};

START_TEST(disks_of_blocks)
{
	json_t *list = json_loads(blocks[_i].answer, JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(list);
	ck_assert_uint_eq(plugged_disks(list), blocks[_i].disks);
	json_decref(list);
}
END_TEST

START_TEST(sets_of_a_list)
{
	static const char answer[] =
	    "[{\"fdset-id\":72,\"fds\":[]},{\"fdset-id\":79},{\"fdset-id\":80},{\"fdset-id\":71},"
	    "{\"fdset-id\":-72},{\"fdset-id\":4294967368},{\"fdset-id\":1e300},"
	    "{\"fdset-id\":\"73\"},{},74,null]";
	json_t *list = json_parse(answer, strlen(answer));
	ck_assert_ptr_nonnull(list);
	ck_assert_uint_eq(plugged_sets(list, 72), 1 | 1 << 7);
	json_decref(list);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plugged");
	TCase *t = tcase_create("plugged");
	tcase_add_test(t, devices_of_any_driver);
	tcase_add_test(t, sets_of_a_list);
	tcase_add_loop_test(t, devices_of_a_list, 0, NELEM(lists));
	tcase_add_loop_test(t, disks_of_blocks, 0, NELEM(blocks));
	suite_add_tcase(s, t);
	return suite_run(s);
}
