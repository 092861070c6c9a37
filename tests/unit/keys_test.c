/* vm/chord and vm/layout: what is written to the file keys. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/chord.h"
#include "vm/layout.h"

static uint64_t layout(const char *name)
{
	uint64_t i = 0;
	while (strcmp(layout_words[i], name) != 0)
		ck_assert_ptr_nonnull(layout_words[++i]);
	return i;
}

/* As chords_parse has it, written with blanks and - between. */
static int press(const char *text, size_t n, const char *keyboard, struct buf *b)
{
	struct chord *list;
	size_t count;
	int r = chords_parse(text, n, layout(keyboard), &list, &count);
	ck_assert_int_eq(list != NULL, r == 0 && count > 0);
	for (size_t i = 0; i < count; i++)
		for (unsigned k = 0; k < list[i].n; k++)
			buf_printf(b, "%s%s",
			    k > 0   ? "-"
			    : i > 0 ? " "
				    : "",
			    key_names[list[i].keys[k]]);
	free(list);
	return r;
}

static const struct {
	const char *text, *keyboard, *pressed;
} good[] = {
    {"ret", "us", "ret"},
    {"  a\tb\n c \r\n", "us", "a b c"},
    {"ctrl-alt-delete", "us", "ctrl-alt-delete"},
    {"ctrl-minus minus", "us", "ctrl-minus minus"},
    {"", "us", ""},
    {" \n\t", "us", ""},
    {"# a comment\n", "us", ""},
    {"a\n# a comment\nb", "us", "a b"},
    {"\"\"", "us", ""},
    {"\"aB1\"", "us", "a shift-b 1"},
    {"\"a b\tc\n\"", "us", "a spc b tab c ret"},
    {"\"#\" ret", "us", "shift-3 ret"},
    {"\"say \\\"hi\\\" \\\\ \\n\"", "us",
	"s a y spc shift-apostrophe h i shift-apostrophe spc backslash spc backslash n"},
    {"\"<>|~\"", "us", "shift-comma shift-dot shift-backslash shift-grave_accent"},
    {"\"yz-_\"", "de", "z y slash shift-slash"},
    {"\"\xc3\xa4\xc3\x9f\xe2\x82\xac\"", "de", "apostrophe minus alt_r-e"},
    {"\"@{}\\\\|<\"", "de", "alt_r-q alt_r-7 alt_r-0 alt_r-minus alt_r-less less"},
    {"\"^`\"", "de", "grave_accent spc shift-equal spc"},
    {"\"aq1!\"", "fr", "q a shift-1 slash"},
    {"\"\\\\#~\"", "gb", "less backslash shift-backslash"},
    {"\"\xc5\x82\"", "pl", "alt_r-l"},
};

START_TEST(said)
{
	struct buf b = {0};
	int r = press(good[_i].text, strlen(good[_i].text), good[_i].keyboard, &b);
	ck_assert_msg(r == 0 && strcmp(b.len > 0 ? buf_text(&b) : "", good[_i].pressed) == 0,
	    "%s: %s (%s)", good[_i].text, b.len > 0 ? buf_text(&b) : "", err_text());
	buf_finish(&b);
}
END_TEST

static const struct {
	const char *text;
	int code;
	const char *sentence;
} bad[] = {
    {"ctrl-alt-del", EINVAL, "\"del\" is no key: delete? Text is given in quotes"},
    {"Enter", EINVAL, "\"Enter\" is no key: ret? Text is given in quotes"},
    {"bakspace", EINVAL, "\"bakspace\" is no key: backspace? Text is given in quotes"},
    {"ctrl-C", EINVAL, "\"C\" is no key: c? Text is given in quotes"},
    {"ctrl+c", EINVAL, "\"ctrl+c\" is no key"},
    {"hello", EINVAL, "is no key"},
    {"ctrl-", EINVAL, "a key is missing beside a -: that key itself is called minus"},
    {"-", EINVAL, "a key is missing"},
    {"ctrl--", EINVAL, "a key is missing"},
    {"a-a", EINVAL, "a is in one chord twice: give a blank between strokes"},
    {"1-2-3-4-5-6-7-8-9", EINVAL, "a chord has at most 8 keys"},
    {"\"abc", EINVAL, "the text has no quote behind it: give \"text\""},
    {"\"abc\\\"", EINVAL, "the text has no quote behind it"},
    {"\"abc\"d", EINVAL, "there is no blank behind a text"},
    {"\"\xc3\xa9\"", EINVAL,
	"no key of keyboard us gives U+00E9: set keyboard, or give keys by name"},
    {"\"\x01\"", EINVAL, "no key of keyboard us gives U+0001"},
    {"\"\xff\"", EINVAL, "the text is no UTF-8"},
    {"\"\xc3\"", EINVAL, "the text is no UTF-8"},
    {"\"\xc3", EINVAL, "the text is no UTF-8"},
    {"\"\xf0\x9f\x98\x80\"", EINVAL, "gives U+1F600"},
    {"\x1b[31m", EINVAL, "is no key"},
};

START_TEST(refused_with_what_would_be_right)
{
	struct buf b = {0};
	ck_assert_int_eq(press(bad[_i].text, strlen(bad[_i].text), "us", &b), -1);
	ck_assert_int_eq(err_code(), bad[_i].code);
	ck_assert_msg(
	    strstr(err_text(), bad[_i].sentence) != NULL, "%s: %s", bad[_i].text, err_text());
	buf_finish(&b);
}
END_TEST

START_TEST(only_so_many_in_one_write)
{
	char text[2 * CHORDS_MAX + 2];
	struct buf b = {0};
	for (int i = 0; i <= CHORDS_MAX; i++)
		memcpy(text + (ptrdiff_t)2 * i, "a ", 2);
	ck_assert_int_eq(press(text, sizeof(text) - 2, "us", &b), 0);
	ck_assert_int_eq(press(text, sizeof(text), "us", &b), -1);
	ck_assert_int_eq(err_code(), EMSGSIZE);
	buf_finish(&b);
}
END_TEST

/* All that can be printed in ASCII, by each layout; no two characters by the same keys. */
START_TEST(each_layout_gives_ascii)
{
	struct chord all[127][LAYOUT_CHORDS] = {0};
	for (uint32_t c = ' '; c < 127; c++) {
		int n = layout_chords((uint64_t)_i, c, all[c]);
		ck_assert_msg(n > 0, "%s: no %c", layout_words[_i], (int)c);
		if (n == 1)
			all[c][1] = (struct chord){0};
		for (uint32_t other = ' '; other < c; other++)
			ck_assert_msg(memcmp(all[c], all[other], sizeof(all[c])) != 0,
			    "%s: %c is %c", layout_words[_i], (int)c, (int)other);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("keys");
	TCase *t = tcase_create("keys");
	int layouts = 0;
	while (layout_words[layouts] != NULL)
		layouts++;
	tcase_add_loop_test(t, said, 0, NELEM(good));
	tcase_add_loop_test(t, refused_with_what_would_be_right, 0, NELEM(bad));
	tcase_add_test(t, only_so_many_in_one_write);
	tcase_add_loop_test(t, each_layout_gives_ascii, 0, layouts);
	suite_add_tcase(s, t);
	return suite_run(s);
}
