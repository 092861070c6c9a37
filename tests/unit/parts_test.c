/* zone/parts: the table of what a zone consists of, and what its parts keep on disk. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fs/settings.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"
#include "zone/parts.h"

static struct zone *zone_or_vm(int i)
{
	return zone_of(i == 0 ? house.zone : house.vm);
}

/* A part of nothing, or one that is there twice, is a slip in a table. */
START_TEST(parts_are_unique_and_do_something)
{
	static const struct zone_part nothing;
	const struct zone *z = zone_or_vm(_i);
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++) {
		ck_assert_msg(memcmp(p, &nothing, sizeof(nothing)) != 0, "%u", i);
		ck_assert_msg((p->save != NULL) == (p->load != NULL), "%u", i);
		for (unsigned j = 0; j < i; j++)
			ck_assert_msg(p != part_at(z, j), "%u and %u", i, j);
	}
}
END_TEST

/* Of one that has ended: how, when and why, and what it has left. */
START_TEST(what_an_end_left_is_kept)
{
	struct zone *z = zone_or_vm(_i);
	struct obj *o = &z->l.obj;
	z->state = ZONE_HALTED;
	z->ended = 1234567890;
	z->reason = xstrdup("out of memory: memory.max is 32M");
	z->l.memory_was.kills = 3;
	z->l.memory_was.peak = 33554432;
	char *text = settings_text(o);
	house_close();
	house_open();
	z = zone_or_vm(_i);
	ck_assert_int_eq(settings_load(&z->l.obj, text), 0);
	ck_assert_int_eq(z->state, ZONE_HALTED);
	ck_assert_int_eq(z->ended, 1234567890);
	ck_assert_str_eq(z->reason, "out of memory: memory.max is 32M");
	ck_assert_uint_eq(z->l.memory_was.kills, 3);
	ck_assert_uint_eq(z->l.memory_was.peak, 33554432);
	free(text);
}
END_TEST

static const struct {
	const char *line;
	enum zone_wish wish;
} lasts[] = {
    {"last halted exited 0", WISH_NONE},
    {"last failed -", WISH_NONE},
    {"last failed - again 8", WISH_UP},
    {"last halted exited 0 again 1 reboot", WISH_REBOOT},
};

/* Only the next daemon takes the wish from disk: a change that is undone leaves it alone. */
START_TEST(wish_is_kept)
{
	struct zone *z = zone_of(house.zone);
	char *text = settings_text(house.zone);
	char *more = xasprintf(
	    "%.*s%s\nend\n", (int)(strstr(text, "\nend\n") + 1 - text), text, lasts[_i].line);
	ck_assert_int_eq(settings_load(house.zone, more), 0);
	ck_assert_int_eq(z->wish, lasts[_i].wish);
	z->wish = WISH_DOWN;
	ck_assert_int_eq(settings_load(house.zone, more), 0);
	ck_assert_int_eq(z->wish, WISH_DOWN);
	free(more);
	free(text);
}
END_TEST

/* As a change that is refused does to a zone that runs. */
START_TEST(what_is_undone_is_not_there_twice)
{
	struct zone *z = zone_or_vm(_i);
	z->state = ZONE_RUNNING;
	z->started = now_ns() / 1000;
	z->image_ids[0] = 5;
	z->image_ids[1] = 6;
	ck_assert_int_eq(
	    house_write(&z->l.obj, _i == 0 ? "env" : "vcpus", _i == 0 ? "A=1" : "2"), 0);
	char *before = settings_text(&z->l.obj);
	for (int n = 0; n < 9; n++) {
		char *text = xstrdup(before);
		ck_assert_int_eq(settings_load(&z->l.obj, text), 0);
		free(text);
	}
	char *after = settings_text(&z->l.obj);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	z->state = ZONE_HALTED;
}
END_TEST

/* A daemon may die in each of them. */
START_TEST(every_state_is_loaded)
{
	int vm = _i / ZONE_STATES;
	struct zone *z = zone_or_vm(vm);
	z->state = (enum zone_state)(_i % ZONE_STATES);
	z->wish = WISH_UP;
	char *text = settings_text(&z->l.obj);
	house_close();
	house_open();
	ck_assert_msg(settings_load(&zone_or_vm(vm)->l.obj, text) == 0, "%s: %s", err_text(), text);
	free(text);
}
END_TEST

/* A daemon of before may have died while a VM waited for the probe of KVM. */
START_TEST(waiting_vm_is_loaded)
{
	char *text = settings_text(house.vm);
	char *more = xasprintf("%.*sruns-by 0 18446744073709551615\nend\n",
	    (int)(strstr(text, "\nend\n") + 1 - text), text);
	ck_assert_int_eq(settings_load(house.vm, more), 0);
	free(more);
	free(text);
}
END_TEST

static const char *const bad[] = {
    "ended soon", "ended -1", "memory-was 1 2", "memory-was a b c", "runs-on x"};

START_TEST(bad_lines_are_refused)
{
	char *text = settings_text(house.zone);
	char *more =
	    xasprintf("%.*s%s\nend\n", (int)(strstr(text, "\nend\n") + 1 - text), text, bad[_i]);
	ck_assert_int_lt(settings_load(house.zone, more), 0);
	free(more);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("parts");
	TCase *t = tcase_create("parts");
	tcase_add_checked_fixture(t, house_open, house_close);
	tcase_add_loop_test(t, parts_are_unique_and_do_something, 0, 2);
	tcase_add_loop_test(t, what_an_end_left_is_kept, 0, 2);
	tcase_add_loop_test(t, wish_is_kept, 0, NELEM(lasts));
	tcase_add_loop_test(t, what_is_undone_is_not_there_twice, 0, 2);
	tcase_add_loop_test(t, every_state_is_loaded, 0, 2 * ZONE_STATES);
	tcase_add_test(t, waiting_vm_is_loaded);
	tcase_add_loop_test(t, bad_lines_are_refused, 0, NELEM(bad));
	suite_add_tcase(s, t);
	return suite_run(s);
}
