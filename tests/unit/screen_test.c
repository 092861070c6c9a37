/* vm/screen: is what QEMU wrote a picture? */
#include <check.h>
#include <string.h>

#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/screen.h"

#define HEAD "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
#define SIZE "\0\0\2\xd0\0\0\1\x90\x8\2\0\0\0crc."
#define DATA "\0\0\0\1IDATxcrc."
#define END "\0\0\0\0IEND\xae\x42\x60\x82"
#define TEXT(t) t, sizeof(t) - 1

static const struct {
	const char *text;
	size_t n;
	int result;
} pictures[] = {
    {TEXT(HEAD SIZE DATA END), 0},
    {TEXT(HEAD SIZE END), 0},
    {TEXT(""), -1},
    {TEXT(HEAD), -1},
    {TEXT(END), -1},
    {TEXT(HEAD END), -1},
    {TEXT(HEAD SIZE), -1},
    {TEXT(HEAD SIZE DATA), -1}, /* cut short */
    {TEXT(HEAD SIZE DATA END "\n"), -1},
    {TEXT("\0\0" HEAD SIZE DATA END), -1}, /* an old place in the file */
    {TEXT("P6\n720 400\n255\n" DATA DATA DATA END), -1},
};

START_TEST(only_a_whole_picture_is_one)
{
	ck_assert_int_eq(screen_check(pictures[_i].text, pictures[_i].n), pictures[_i].result);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("screen");
	TCase *t = tcase_create("picture");
	tcase_add_loop_test(t, only_a_whole_picture_is_one, 0, NELEM(pictures));
	suite_add_tcase(s, t);
	return suite_run(s);
}
