/* fs/foreign: values of a newer warren are kept, not taken for others, and never beside another. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "fs/foreign.h"
#include "fs/settings.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"

static const struct {
	const char *lines;
	const char *file, *good; /* whose value it is; one that is known */
	const char *why;
} newer[] = {
    {"set restart sometimes", "restart", "no",
	"restart: \"sometimes\" is of a newer warren: write what this one knows, or use that"},
    {"set cpu.cap 0", "cpu.cap", "none",
	"cpu.cap: \"0\" is of a newer warren: write what this one knows, or use that"},
    {"set cpu.cap ", "cpu.cap", "none",
	"cpu.cap: \"\" is of a newer warren: write what this one knows, or use that"},
    {"set init a\x01", "init", "none",
	"init: \"a?\" is of a newer warren: write what this one knows, or use that"},
    {"set io.max 8:0 speed=1\nset io.max 8:16 rbps=1", "io.max", "none",
	"io.max: \"8:0 speed=1\" is of a newer warren: write what this one knows, or use that"},
    {"disk0-writer 7 8 -\nset disk0 path=/x bus=usb", "disk0", "none",
	"disk0: \"path=/x bus=usb\" is of a newer warren: write what this one knows, or use "
	"that"},
};

/* Of the VM, where it is a disk. */
static struct obj *load(const char *lines)
{
	struct obj *o = strstr(lines, "disk") != NULL ? house.vm : house.zone;
	char *text = settings_text(o);
	size_t n = strlen(text) - strlen("end\n");
	char *more = xasprintf("%.*s%s\nend\n", (int)n, text, lines);
	ck_assert_msg(settings_load(o, more) == 0, "%s", err_text());
	free(more);
	free(text);
	return o;
}

static bool has_lines(const struct obj *o, const char *lines)
{
	bool all = true;
	char *text = settings_text(o), *copy = xstrdup(lines), *rest = copy;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		char *whole = xasprintf("\n%s\n", line);
		all = all && strstr(text, whole) != NULL;
		free(whole);
	}
	free(copy);
	free(text);
	return all;
}

START_TEST(value_is_kept_and_refused_by_name)
{
	struct obj *o = load(newer[_i].lines);
	ck_assert(has_lines(o, newer[_i].lines));
	char *text = settings_text(o);
	ck_assert_int_eq(settings_load(o, text), 0);
	char *again = settings_text(o);
	ck_assert_str_eq(again, text);
	ck_assert_int_eq(foreign_check_values(o), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_str_eq(err_text(), newer[_i].why);
	ck_assert_int_eq(foreign_tell(o), -1);
	ck_assert_ptr_nonnull(strstr(err_text(), newer[_i].file));
	free(again);
	free(text);
}
END_TEST

/* One that is no better leaves it; a good one takes its place, be it that of a file never set. */
START_TEST(another_value_takes_its_place)
{
	struct obj *o = load(newer[_i].lines);
	ck_assert_int_ne(house_write(o, newer[_i].file, "\x02"), 0);
	ck_assert(has_lines(o, newer[_i].lines));
	ck_assert_int_eq(house_write(o, newer[_i].file, newer[_i].good), 0);
	ck_assert_int_eq(foreign_check_values(o), 0);
	ck_assert_ptr_null(o->foreign);
}
END_TEST

START_TEST(other_lines_stay)
{
	load("set hooks one\nset restart sometimes\nkept-by nobody");
	ck_assert_int_eq(house_write(house.zone, "config", "cpu.cap=5\nrestart=always"), 0);
	ck_assert_str_eq(house.zone->foreign, "set hooks one\nkept-by nobody\n");
	ck_assert_int_eq(foreign_check_values(house.zone), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("foreign");
	TCase *t = tcase_create("values");
	tcase_add_checked_fixture(t, house_open, house_close);
	tcase_add_loop_test(t, value_is_kept_and_refused_by_name, 0, NELEM(newer));
	tcase_add_loop_test(t, another_value_takes_its_place, 0, NELEM(newer));
	tcase_add_test(t, other_lines_stay);
	suite_add_tcase(s, t);
	return suite_run(s);
}
