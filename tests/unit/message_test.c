/* One write to a settable file as such: how long it may be, its bytes and its last newline, and one
 * that says nothing. */
#include <check.h>

#include "base/list.h"
#include "base/mem.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"

static char *repeat(const char *head, char c, size_t n)
{
	size_t h = strlen(head);
	char *s = xcalloc(1, h + n + 1);
	memcpy(s, head, h);
	memset(s + h, c, n);
	return s;
}

static const struct {
	char in; /* z: a zone, v: a VM */
	const char *file, *head;
	size_t n;
	int code;
} lengths[] = {
    {'z', "init", "", 4096, 0},
    {'z', "init", "", 4097, ERANGE},
    {'z', "init", "", MESSAGE_MAX, ERANGE},
    {'z', "init", "", MESSAGE_MAX + 1, EMSGSIZE},
    {'z', "hostname", "", 63, 0},
    {'z', "hostname", "", 64, ERANGE},
    {'z', "env", "A=", MESSAGE_MAX - 2, 0},
    {'z', "env", "A=", MESSAGE_MAX - 1, EMSGSIZE},
    {'z', "cpu.cap", "", MESSAGE_MAX, EINVAL},
    {'z', "cpu.cap", "1", 300, EINVAL},
    {'v', "append", "", 2047, 0},
    {'v', "append", "", 2048, ERANGE},
    {'v', "kernel", "/", 4094, 0},
    {'v', "kernel", "/", 4095, EINVAL},
    {'v', "disk0", "path=/", 4089, 0},
    {'v', "disk0", "path=/", 4096, ERANGE},
};

START_TEST(length_is_bounded)
{
	struct obj *o = lengths[_i].in == 'z' ? house.zone : house.vm;
	char *text = repeat(lengths[_i].head, 'x', lengths[_i].n);
	if (strcmp(lengths[_i].file, "append") == 0)
		ck_assert_int_eq(house_write(o, "kernel", "/k"), 0);
	ck_assert_int_eq(house_write(o, lengths[_i].file, text), lengths[_i].code);
	if (lengths[_i].code != 0) {
		ck_assert_uint_lt(strlen(o->error), ERR_TEXT);
		ck_assert_ptr_null(strchr(o->error, '\n'));
	}
	free(text);
}
END_TEST

START_TEST(nul_is_refused)
{
	ck_assert_int_eq(house_put(house.zone, "cpu.cap", "5\0", 2), EINVAL);
	ck_assert_str_eq(house.zone->error, "cpu.cap: a NUL byte is in it: give plain text");
	ck_assert_int_eq(house_put(house.zone, "ctl", "halt\0", 5), EINVAL);
	ck_assert_str_eq(house_read(house.zone, "cpu.cap"), "none\n");
}
END_TEST

/* Of every length; ASan sees what lies behind the message. */
START_TEST(last_newline_is_optional)
{
	for (size_t n = 0; n < 300; n++) {
		char *value = repeat("A=", 'x', n), *lines = xasprintf("B=\n%s\n", value);
		ck_assert_int_eq(house_put(house.zone, "env", lines, n + 5), 0);
		ck_assert_str_eq(house_read(house.zone, "env"), lines);
		ck_assert_int_eq(house_put(house.zone, "env", lines + 3, n + 2), 0);
		ck_assert_str_eq(house_read(house.zone, "env"), lines + 3);
		free(value);
		free(lines);
	}
}
END_TEST

static const char *const nothing[] = {"", "\n", "  \n", "# 5", "\n#5\n \t\n"};

START_TEST(nothing_changes_nothing)
{
	ck_assert_int_eq(house_write(house.zone, "cpu.cap", "20"), 0);
	ck_assert_int_eq(house_write(house.zone, "cpu.cap", nothing[_i]), 0);
	ck_assert_int_eq(house_write(house.zone, "ctl", nothing[_i]), 0);
	ck_assert_int_eq(house_write(house.zone, "config", nothing[_i]), 0);
	ck_assert_str_eq(house_read(house.zone, "cpu.cap"), "20\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("writes");
	tcase_add_checked_fixture(t, house_open, house_close);
	tcase_add_loop_test(t, length_is_bounded, 0, NELEM(lengths));
	tcase_add_test(t, nul_is_refused);
	tcase_add_test(t, last_newline_is_optional);
	tcase_add_loop_test(t, nothing_changes_nothing, 0, NELEM(nothing));
	suite_add_tcase(s, t);
	return suite_run(s);
}
