/* mount-helper/kit/uids: who has which uids. The functions on the table are tested without a disk,
 * too. */
#include "mount-helper/kit/uids.c"

#include <check.h>

#include "tests/unit/suite.h"

static char top[] = "/tmp/uids-test.XXXXXX";
static struct uid_table a, b;

static void state_make(struct uid_table *t, const char *name)
{
	cleanup_fd int fd = -1;
	ck_assert(mkdir(name, 0700) == 0 || errno == EEXIST);
	fd = open(name, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(uids_open(t, "uids", fd, name), 0);
}

static void begin(void)
{
	memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chdir(top), 0);
	state_make(&a, "a");
	state_make(&b, "b");
}

static void end(void)
{
	char command[64];
	fd_close(&a.dir);
	fd_close(&b.dir);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(system(command), 0);
}

static struct helper_uids take_one(const struct uid_table *t, uint64_t id, uint32_t count)
{
	struct helper_uids u = {0, count};
	ck_assert_msg(uids_get(t, id, &u) == 0, "%s", err_text());
	ck_assert_uint_eq(u.count, count);
	ck_assert_uint_eq(u.base % count, 0);
	return u;
}

START_TEST(nobody_has_anothers)
{
	struct helper_uids u[] = {take_one(&a, 1, UID_COUNT), take_one(&b, 1, UID_COUNT),
	    take_one(&a, 2, UID_COUNT_VM), take_one(&b, 2, UID_COUNT_VM),
	    take_one(&a, 3, UID_COUNT_VM), take_one(&a, 4, UID_COUNT)};
	for (size_t i = 0; i < sizeof(u) / sizeof(*u); i++)
		for (size_t j = 0; j < i; j++)
			ck_assert(!is_overlapping(&u[i], &u[j]));
	/* VMs share a block */
	ck_assert_uint_eq(u[2].base / UID_COUNT, u[4].base / UID_COUNT);
}
END_TEST

START_TEST(a_zone_keeps_its_own)
{
	struct helper_uids first = take_one(&a, 1, UID_COUNT), again = take_one(&a, 1, UID_COUNT);
	ck_assert_uint_eq(first.base, again.base);
	ck_assert_int_eq(uids_get(&a, 1, &again), 0);
	struct helper_uids other = {first.base - UID_COUNT, UID_COUNT};
	ck_assert_int_eq(uids_get(&a, 1, &other), -1);
	ck_assert_int_eq(err_code(), EPERM);
	ck_assert_ptr_nonnull(strstr(err_text(), "its settings are another's"));
	/* what it says is free until it is taken */
	ck_assert_int_eq(uids_get(&b, 9, &other), 0);
	uids_drop(&a, 1);
	ck_assert_uint_eq(take_one(&b, 1, UID_COUNT).base, first.base);
}
END_TEST

START_TEST(a_claim_on_anothers_is_refused)
{
	struct helper_uids u = take_one(&a, 5, UID_COUNT), part = {u.base, UID_COUNT_VM};
	ck_assert_int_eq(uids_get(&b, 5, &u), -1);
	ck_assert_int_eq(err_code(), EPERM);
	ck_assert_ptr_nonnull(strstr(err_text(), "object 5 of /tmp/uids-test"));
	ck_assert_int_eq(uids_get(&b, 6, &part), -1);
	ck_assert_int_eq(uids_get(&a, 6, &part), -1);
}
END_TEST

START_TEST(a_copy_is_another_instance)
{
	struct uid_table again, copy;
	struct helper_uids u = take_one(&a, 1, UID_COUNT);
	ck_assert_int_eq(system("cp -a a copy"), 0);
	state_make(&copy, "copy");
	ck_assert_int_ne(memcmp(copy.instance, a.instance, INSTANCE_BYTES), 0);
	ck_assert_int_eq(uids_get(&copy, 1, &u), -1);
	/* one that was moved is not */
	ck_assert_int_eq(rename("a", "moved"), 0);
	state_make(&again, "moved");
	ck_assert_int_eq(memcmp(again.instance, a.instance, INSTANCE_BYTES), 0);
	ck_assert_int_eq(uids_get(&again, 1, &u), 0);
	fd_close(&again.dir);
	fd_close(&copy.dir);
}
END_TEST

START_TEST(daemons_are_apart)
{
	uid_t one = 1, two = 1, again = 1;
	ck_assert_int_eq(uids_daemon(&a, 999, &one), 0);
	ck_assert_int_eq(uids_daemon(&b, 999, &two), 0);
	ck_assert_uint_eq(one, 999);
	ck_assert_uint_ge(two, UID_FIRST);
	ck_assert_int_eq(uids_daemon(&b, 999, &again), 0);
	ck_assert_uint_eq(again, two);
	/* a user who was made since */
	ck_assert_int_eq(uids_daemon(&a, 998, &one), 0);
	ck_assert_uint_eq(one, 998);
	/* and one whose instance is gone */
	ck_assert_int_eq(rename("a", "gone"), 0);
	ck_assert_int_eq(uids_daemon(&b, 998, &again), 0);
	ck_assert_uint_eq(again, 998);
}
END_TEST

/* What settings of an older warren say, before others may have it. */
START_TEST(claims_come_first)
{
	const struct helper_claim list[] = {{7, {UID_FIRST, UID_COUNT}},
	    {8, {UID_FIRST + UID_COUNT, UID_COUNT}}, {9, {UID_FIRST, UID_COUNT}}};
	ck_assert_int_eq(uids_claim(&a, list, 3), 0);
	ck_assert_uint_eq(take_one(&b, 1, UID_COUNT).base, UID_LAST); /* from the other end */
	ck_assert_uint_eq(take_one(&a, 7, UID_COUNT).base, UID_FIRST);
	ck_assert_uint_eq(take_one(&a, 8, UID_COUNT).base, UID_FIRST + UID_COUNT);
	/* the same range twice is the first one's */
	ck_assert_uint_gt(take_one(&a, 9, UID_COUNT).base, UID_FIRST + UID_COUNT);
	ck_assert_int_eq(uids_claim(&a, list, 3), 0);
	ck_assert_int_eq(uids_claim(&b, list, 3), 0);
	ck_assert_uint_eq(take_one(&a, 7, UID_COUNT).base, UID_FIRST);
}
END_TEST

START_TEST(what_is_left_behind_can_be_claimed)
{
	struct helper_uids zone = take_one(&a, 1, UID_COUNT), vm = take_one(&a, 2, UID_COUNT_VM);
	struct helper_uids block = {vm.base / UID_COUNT * UID_COUNT, UID_COUNT};
	const struct helper_claim list[] = {{7, zone}};
	ck_assert_int_eq(uids_get(&b, 3, &zone), -1);
	ck_assert_int_eq(rename("a", "gone"), 0);
	ck_assert_int_eq(uids_claim(&b, list, 1), 0);
	ck_assert_uint_eq(take_one(&b, 7, UID_COUNT).base, zone.base);
	ck_assert_int_eq(uids_get(&b, 3, &block), 0);
}
END_TEST

/* ---- the table alone ---- */

static void fill(struct table *t, unsigned zones, unsigned vms)
{
	t->n = 0;
	t->rows = xcalloc(zones + vms, sizeof(*t->rows));
	for (unsigned i = 0; i < zones + vms; i++) {
		struct helper_uids u = {0, i < zones ? UID_COUNT : UID_COUNT_VM};
		ck_assert_msg(free_find(t, &u) == 0, "%u zones and VMs fit", i);
		t->rows[t->n++].uids = u;
	}
}

static int ascending(const void *x, const void *y)
{
	const struct entry *p = x, *q = y;
	return p->uids.base < q->uids.base ? -1 : p->uids.base > q->uids.base;
}

START_TEST(ten_thousand_fit)
{
	struct table t = {.fd = -1};
	fill(&t, 3500, 6500);
	qsort(t.rows, t.n, sizeof(*t.rows), ascending);
	for (size_t i = 1; i < t.n; i++)
		ck_assert_uint_ge(
		    t.rows[i].uids.base, t.rows[i - 1].uids.base + t.rows[i - 1].uids.count);
	ck_assert_uint_ge(t.rows[0].uids.base, UID_FIRST);
	ck_assert_uint_le(
	    t.rows[t.n - 1].uids.base, UID_LAST + UID_COUNT - t.rows[t.n - 1].uids.count);
	free(t.rows);
}
END_TEST

START_TEST(a_full_table_has_no_more)
{
	struct table t = {.fd = -1};
	struct helper_uids zone = {0, UID_COUNT}, vm = {0, UID_COUNT_VM};
	fill(&t, BLOCKS, 0);
	ck_assert_int_eq(free_find(&t, &zone), -1);
	ck_assert_int_eq(free_find(&t, &vm), -1);
	t.rows[7].uids = (struct helper_uids){t.rows[7].uids.base, UID_COUNT_VM};
	ck_assert_int_eq(free_find(&t, &zone), -1);
	ck_assert_int_eq(free_find(&t, &vm), 0);
	ck_assert_uint_eq(vm.base, t.rows[7].uids.base + UID_COUNT_VM);
	free(t.rows);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("uids");
	TCase *t = tcase_create("on disk"), *u = tcase_create("table");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, nobody_has_anothers);
	tcase_add_test(t, a_zone_keeps_its_own);
	tcase_add_test(t, a_claim_on_anothers_is_refused);
	tcase_add_test(t, a_copy_is_another_instance);
	tcase_add_test(t, daemons_are_apart);
	tcase_add_test(t, claims_come_first);
	tcase_add_test(t, what_is_left_behind_can_be_claimed);
	tcase_add_test(u, ten_thousand_fit);
	tcase_add_test(u, a_full_table_has_no_more);
	tcase_set_timeout(u, 60);
	suite_add_tcase(s, t);
	suite_add_tcase(s, u);
	return suite_run(s);
}
