/* Each worker of the helper keeps the capabilities that its row names, and no more. */
#include <check.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mount-helper/kit/caps.h"
#include "mount-helper/ops.h"
#include "protocol/helper.h"
#include "tests/unit/suite.h"

static uint64_t bits(int n, const int *caps)
{
	uint64_t mask = 0;
	while (n-- > 0)
		mask |= CAP_BIT(caps[n]);
	return mask;
}
#define BITS(...) bits((int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), (int[]){__VA_ARGS__})

/* A worker that only deletes files can't mount, kill or become another user. */
START_TEST(workers_keep_what_their_row_names)
{
	const uint64_t files = BITS(CAP_DAC_OVERRIDE, CAP_FOWNER);
	ck_assert_uint_eq(ops_caps(HELPER_ROOT_REMOVE), files);
	ck_assert_uint_eq(ops_caps(HELPER_IMAGE_REMOVE), files);
	ck_assert_uint_eq(
	    ops_caps(HELPER_ZONE_CLEAN), BITS(CAP_DAC_OVERRIDE, CAP_KILL, CAP_NET_ADMIN));
	ck_assert_uint_eq(ops_caps(HELPER_GROUP_MAKE), BITS(CAP_CHOWN));
	for (uint32_t op = 0; op < HELPER_OPS; op++)
		if (op != HELPER_ZONE_START)
			ck_assert_uint_eq(ops_caps(op) & CAP_BIT(CAP_SETFCAP), 0);
	ck_assert_uint_eq(ops_caps(HELPER_IMAGE_IMPORT) & BITS(CAP_NET_ADMIN, CAP_MKNOD), 0);
	ck_assert_uint_eq(ops_caps(HELPER_HOST_PROBE) & BITS(CAP_DAC_OVERRIDE, CAP_CHOWN), 0);
}
END_TEST

/* The helper has those that its rows name, and no more. */
START_TEST(the_helper_has_what_its_rows_name)
{
	uint64_t all = 0;
	for (uint32_t op = 0; op < HELPER_OPS; op++)
		all |= ops_caps(op);
	ck_assert_uint_eq(all, caps_needed());
}
END_TEST

START_TEST(a_worker_is_left_with_these)
{
	if (geteuid() != 0)
		return; /* who has none can lose none */
	const uint64_t left = BITS(CAP_DAC_OVERRIDE, CAP_KILL);
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2];
	ck_assert_int_eq(caps_only(left), 0);
	ck_assert_int_eq(syscall(SYS_capget, &head, d), 0);
	ck_assert_uint_eq(d[0].permitted | (uint64_t)d[1].permitted << 32, left);
	ck_assert_uint_eq(d[0].effective | (uint64_t)d[1].effective << 32, left);
	ck_assert_uint_eq(d[0].inheritable | d[1].inheritable, 0);
	ck_assert_int_eq(caps_only(left | CAP_BIT(CAP_SYS_ADMIN)), -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("caps");
	TCase *t = tcase_create("workers");
	tcase_add_test(t, workers_keep_what_their_row_names);
	tcase_add_test(t, the_helper_has_what_its_rows_name);
	tcase_add_test(t, a_worker_is_left_with_these);
	suite_add_tcase(s, t);
	return suite_run(s);
}
