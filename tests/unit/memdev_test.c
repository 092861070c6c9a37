/* vm/memdev: what QEMU tells about the memory of a guest, and how much of the device it shall have.
 */
#include <check.h>
#include <errno.h>

#include "base/err.h"
#include "tests/unit/suite.h"
#include "vm/memdev.h"

#define MIB(n) (UINT64_C(n) << 20)
#define DEVICE(type, data) "{\"type\": \"" type "\", \"data\": {" data "}}"
#define SIZES(max, block, requested, size)                                                         \
	"\"id\": \"more\", \"max-size\": " max ", \"block-size\": " block                          \
	", \"requested-size\": " requested ", \"size\": " size
#define GIB "1073741824"

/* ---- answers ---- */

static const struct {
	const char *devices;
	int result;
	uint64_t max, block, requested, plugged;
} answers[] = {
    {"[" DEVICE("virtio-mem", SIZES(GIB, "2097152", "4194304", "2097152")) "]", 0, MIB(1024),
	MIB(2), MIB(4), MIB(2)},
    {"[" DEVICE("dimm", "\"id\": \"more\"") "," DEVICE(
	 "virtio-mem", SIZES(GIB, "2097152", "0", "0")) "]",
	0, MIB(1024), MIB(2), 0, 0},
    {"[]", 0, 0, 0, 0, 0},
    {"{}", 0, 0, 0, 0, 0},
    {"[7, {}, {\"type\": \"virtio-mem\"}]", 0, 0, 0, 0, 0},
    {"[" DEVICE("virtio-mem", "\"id\": \"other\"") "]", 0, 0, 0, 0, 0},
    /* no sizes, or such as can't be */
    {"[" DEVICE("virtio-mem", "\"id\": \"more\"") "]", -1, 0, 0, 0, 0},
    {"[" DEVICE("virtio-mem", SIZES(GIB, "0", "0", "0")) "]", -1, 0, 0, 0, 0},
    {"[" DEVICE("virtio-mem", SIZES("2097152", "4194304", "0", "0")) "]", -1, 0, 0, 0, 0},
    {"[" DEVICE("virtio-mem", SIZES("2097152", "2097152", "4194304", "0")) "]", -1, 0, 0, 0, 0},
    {"[" DEVICE("virtio-mem", SIZES("2097152", "2097152", "0", "1e18")) "]", -1, 0, 0, 0, 0},
    {"[" DEVICE("virtio-mem", SIZES("\"x\"", "-1", "[]", "{}")) "]", -1, 0, 0, 0, 0},
};

START_TEST(answer_is_checked)
{
	struct memdev m = {.max = 1, .requested = 1, .plugged = 1};
	json_t *devices = json_loads(answers[_i].devices, 0, NULL);
	ck_assert_ptr_nonnull(devices);
	ck_assert_int_eq(memdev_read(&m, devices), answers[_i].result);
	ck_assert_uint_eq(m.max, answers[_i].max);
	if (answers[_i].max > 0) {
		ck_assert_uint_eq(m.block, answers[_i].block);
		ck_assert_uint_eq(m.requested, answers[_i].requested);
		ck_assert_uint_eq(m.plugged, answers[_i].plugged);
	}
	if (answers[_i].result < 0)
		ck_assert_int_eq(err_code(), EIO);
	json_decref(devices);
}
END_TEST

START_TEST(base_is_checked)
{
	static const char *const bad[] = {"{}", "[]", "{\"base-memory\": 0}",
	    "{\"base-memory\": -1}", "{\"base-memory\": \"x\"}", "{\"base-memory\": 1e300}"};
	struct memdev m;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *summary = json_loads(bad[i], 0, NULL);
		ck_assert_int_lt(memdev_read_base(&m, summary), 0);
		ck_assert_int_eq(err_code(), EIO);
		json_decref(summary);
	}
	json_t *summary = json_loads("{\"base-memory\": 5, \"plugged-memory\": 7}", 0, NULL);
	ck_assert_int_eq(memdev_read_base(&m, summary), 0);
	ck_assert_uint_eq(m.base, 5);
	json_decref(summary);
}
END_TEST

/* ---- sizes ---- */

/* A device of 1 GiB in blocks of 2 MiB, behind 256 MiB. */
static const struct {
	uint64_t wanted, requested, request;
	bool gives; /* a guest that has what was requested */
} sizes[] = {
    {MIB(256), 0, 0, true},
    {MIB(512), 0, MIB(256), true},
    {MIB(512), MIB(512), MIB(256), true},
    {MIB(1280), 0, MIB(1024), true},
    {MIB(257), 0, MIB(2), true}, /* a part of a block is a block */
    {MIB(258) + 1, 0, MIB(4), true},
    {MIB(256) - 8191, 0, 0, true}, /* QEMU's own rounding */
    {MIB(256) - 8192, 0, 0, false}, /* less than at the boot: as near as it comes */
    {MIB(128), MIB(512), 0, false},
    {MIB(1280) + 1, 0, 0, false}, /* no room */
    {MIB(4096), MIB(512), MIB(512), false},
};

START_TEST(request_is_as_near_as_it_comes)
{
	struct memdev m = {MIB(256), MIB(1024), MIB(2), sizes[_i].requested, sizes[_i].request};
	ck_assert_uint_eq(memdev_request(&m, sizes[_i].wanted), sizes[_i].request);
	ck_assert_int_eq(memdev_gives(&m, sizes[_i].wanted), sizes[_i].gives);
	m.plugged += m.block;
	ck_assert(!memdev_gives(&m, sizes[_i].wanted));
}
END_TEST

START_TEST(without_device_nothing_is_requested)
{
	struct memdev m = {.base = MIB(256)};
	ck_assert_uint_eq(memdev_request(&m, MIB(512)), 0);
	ck_assert(!memdev_gives(&m, MIB(512)));
	ck_assert(memdev_gives(&m, MIB(256)));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("memdev");
	TCase *t = tcase_create("memdev");
	tcase_add_loop_test(t, answer_is_checked, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(t, base_is_checked);
	tcase_add_loop_test(t, request_is_as_near_as_it_comes, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(t, without_device_nothing_is_requested);
	suite_add_tcase(s, t);
	return suite_run(s);
}
