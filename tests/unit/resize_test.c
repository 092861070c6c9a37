/* vm/resize: the lines of a disk, and what QEMU says of its size. */
#include <check.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/resize.h"

static const struct {
	const char *before, *now;
	int is_all;
} lines[] = {
    {"path=/d\n", "path=/d size=5\n", 1},
    {"path=/d size=5\n", "path=/d\n", 1},
    {"size=7 path=/d\n", "path=/d size=5\n", 1},
    {"path=/d bus=ide size=5\n", "path=/d bus=ide size=6\n", 1},
    {"path=/d bus=ide size=5\n", "path=/d size=6\n", 0},
    {"path=/d\n", "path=/e size=5\n", 0},
    {"path=/size=5\n", "path=/size=6\n", 0},
    {"none\n", "path=/d size=5\n", 0},
};

START_TEST(size_is_all_that_differs)
{
	ck_assert_int_eq(resize_is_all(lines[_i].before, lines[_i].now), lines[_i].is_all);
}
END_TEST

#define NODE(name, size) "{\"node-name\": \"" name "\", \"image\": {\"virtual-size\": " size "}}"

static const struct {
	const char *text;
	long long size; /* -1: refused */
} answers[] = {
    {"{\"return\": [" NODE("file0", "9") ", " NODE("disk0", "5") ", " NODE("disk1", "6") "]}", 6},
    {"{\"return\": [" NODE("disk1", "0") "]}", 0},
    {"{\"return\": [" NODE("disk1", "1125899906842624") "]}", 1125899906842624},
    {"{\"return\": [" NODE("disk1", "-1") "]}", -1},
    {"{\"return\": [" NODE("disk1", "1e300") "]}", -1},
    {"{\"return\": [" NODE("disk1", "\"6\"") "]}", -1},
    {"{\"return\": [" NODE("disk0", "6") "]}", -1},
    {"{\"return\": [1, [], {}, {\"node-name\": 7}]}", -1},
    {"{\"return\": {}}", -1},
    {"{\"error\": {\"class\": \"x\"}}", -1},
    {"", -1},
    {"[[[[", -1},
};

START_TEST(size_is_found_or_not)
{
	uint64_t size = 77;
	const char *text = answers[_i].text;
	json_t *m = json_parse(text, strlen(text));
	int r = resize_size_of(json_object_get(m, "return"), "disk1", &size);
	json_decref(m);
	ck_assert_int_eq(r, answers[_i].size < 0 ? -1 : 0);
	if (r == 0)
		ck_assert_uint_eq(size, (uint64_t)answers[_i].size);
	else
		ck_assert_str_eq(
		    err_text(), "QEMU does not tell how large it is: log has its words");
}
END_TEST

#define OPEN(name, file) "{\"node-name\": \"" name "\", \"file\": \"" file "\"}"

static const struct {
	const char *text;
	int set; /* -1: refused */
} opened[] = {
    {"[" OPEN("file1", "/dev/fdset/9") ", " OPEN("disk1", "/dev/fdset/17") "]", 17},
    {"[" OPEN("disk1", "/dev/fdset/") "]", -1},
    {"[" OPEN("disk1", "/dev/fdset/7/../x") "]", -1},
    {"[" OPEN("disk1", "/dev/fdset/99999999999") "]", -1},
    {"[" OPEN("disk1", "/etc/passwd") "]", -1},
    {"[" OPEN("disk2", "/dev/fdset/7") "]", -1},
    {"[{\"node-name\": \"disk1\", \"file\": 7}, 1, []]", -1},
    {"{}", -1},
};

START_TEST(set_is_found_or_not)
{
	unsigned set = 0;
	json_t *m = json_parse(opened[_i].text, strlen(opened[_i].text));
	int r = resize_set_of(m, "disk1", &set);
	json_decref(m);
	ck_assert_int_eq(r == 0 ? (int)set : -1, opened[_i].set);
	if (r < 0)
		ck_assert_str_eq(err_text(),
		    "QEMU does not tell what it has open for it: log has its words");
}
END_TEST

int main(void)
{
	json_init();
	Suite *s = suite_create("resize");
	TCase *t = tcase_create("resize");
	tcase_add_loop_test(t, size_is_all_that_differs, 0, NELEM(lines));
	tcase_add_loop_test(t, size_is_found_or_not, 0, NELEM(answers));
	tcase_add_loop_test(t, set_is_found_or_not, 0, NELEM(opened));
	suite_add_tcase(s, t);
	return suite_run(s);
}
