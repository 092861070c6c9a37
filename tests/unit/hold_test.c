/* fs/hold: what users may hold, each and together. */
#include <check.h>
#include <errno.h>

#include "base/err.h"
#include "fs/handover.h"
#include "fs/hold.h"
#include "tests/unit/suite.h"

enum { EACH = 256, ALL = HANDOVER_REQUESTS * 3 / 4, USER = 1000, SUBUIDS = 0x30000 };

/* Begin one, and end it again if it is too much: 0, or the errno. */
static int try_one(uid_t uid, struct holder **h)
{
	err_clear();
	*h = hold_begin(uid, HOLD_REQUESTS, 1);
	if (hold_check(*h, HOLD_REQUESTS) == 0)
		return 0;
	hold_end(*h, HOLD_REQUESTS, 1);
	return err_code();
}

/* As many as he gets of n. */
static size_t take(uid_t uid, size_t n)
{
	struct holder *h;
	size_t got = 0;
	while (got < n && try_one(uid, &h) == 0)
		got++;
	return got;
}

static void give(uid_t uid, size_t n)
{
	hold_end(hold_begin(uid, HOLD_REQUESTS, 1), HOLD_REQUESTS, n + 1);
}

START_TEST(each_user_has_a_bound)
{
	struct holder *h;
	ck_assert_uint_eq(take(USER, 2 * EACH), EACH);
	ck_assert_int_eq(try_one(USER, &h), EMFILE);
	ck_assert_str_eq(err_text(), "user 1000 has 256 reads and writes that wait already: end "
				     "some of them first");
	ck_assert_uint_eq(take(USER + 1, 2 * EACH), EACH);
	give(USER, 1);
	ck_assert_uint_eq(take(USER, 2), 1);
	give(USER, EACH);
	give(USER + 1, EACH);
}
END_TEST

START_TEST(root_has_none)
{
	ck_assert_uint_eq(take(0, 2 * ALL), 2 * ALL);
	ck_assert_uint_eq(take(USER, 2 * EACH), EACH);
	give(0, 2 * ALL);
	give(USER, EACH);
}
END_TEST

START_TEST(kinds_are_apart)
{
	struct holder *h = hold_begin(USER, HOLD_READERS, EACH);
	ck_assert_int_eq(hold_check(h, HOLD_READERS), 0);
	ck_assert_uint_eq(take(USER, 2 * EACH), EACH);
	give(USER, EACH);
	ck_assert_ptr_eq(hold_begin(USER, HOLD_READERS, 1), h);
	ck_assert_int_eq(hold_check(h, HOLD_READERS), -1);
	hold_end(h, HOLD_READERS, EACH + 1);
}
END_TEST

/* A user with all uids of a block can't take what is left for others; nor can two such users. */
START_TEST(a_block_leaves_room)
{
	size_t first = 0, second = 0;
	struct holder *h;
	for (uid_t i = 0; i < ALL; i++)
		first += take(SUBUIDS + i, 1);
	ck_assert_uint_eq(first, ALL / 2);
	ck_assert_int_eq(try_one(SUBUIDS + ALL, &h), ENFILE);
	for (uid_t i = 0; i < ALL; i++)
		second += take(2 * SUBUIDS + i, 1);
	ck_assert_uint_eq(second, ALL / 4);
	ck_assert_uint_eq(take(USER, EACH), EACH);
	give(USER, EACH);
	for (uid_t i = 0; i < first; i++)
		give(SUBUIDS + i, 1);
	for (uid_t i = 0; i < second; i++)
		give(2 * SUBUIDS + i, 1);
	ck_assert_uint_eq(take(SUBUIDS, 2 * EACH), EACH);
	give(SUBUIDS, EACH);
}
END_TEST

/* A user who was woken often enough waits for the next round; root never does. */
START_TEST(wakings_are_bounded)
{
	struct holder *h = hold_begin(USER, HOLD_READERS, 1),
		      *root = hold_begin(0, HOLD_READERS, 1);
	unsigned refused = 0;
	for (int i = 0; i < 10000; i++)
		refused += !hold_wake(h);
	ck_assert_uint_gt(refused, 0);
	for (int i = 0; i < 10000; i++)
		ck_assert(hold_wake(root));
	while (!hold_wake(h)) /* the next turn comes */
		;
	hold_end(h, HOLD_READERS, 1);
	hold_end(root, HOLD_READERS, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hold");
	TCase *t = tcase_create("hold");
	tcase_add_test(t, each_user_has_a_bound);
	tcase_add_test(t, root_has_none);
	tcase_add_test(t, kinds_are_apart);
	tcase_add_test(t, a_block_leaves_room);
	tcase_add_test(t, wakings_are_bounded);
	suite_add_tcase(s, t);
	return suite_run(s);
}
