/* base/word: words and numbers out of hostile text. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/signame.h"
#include "base/word.h"
#include "tests/unit/suite.h"

static void refused(int code, const char *sentence)
{
	ck_assert_int_eq(err_code(), code);
	ck_assert_str_eq(err_text(), sentence);
}

/* n -1: refused; words with | between them, or the sentence */
static const struct {
	const char *line;
	int max, n;
	const char *words;
} splits[] = {
    {"", 4, 0, ""},
    {" \t\r ", 4, 0, ""},
    {"boot", 4, 1, "boot"},
    {" kill\tTERM  12 \r", 4, 3, "kill|TERM|12"},
    {"a b c d", 4, 4, "a|b|c|d"},
    {"a b c d ", 4, 4, "a|b|c|d"},
    {"'a b' \"c d\"", 4, 2, "a b|c d"},
    {"a'b c'd", 4, 1, "ab cd"},
    {"'' \"\"", 4, 2, "|"},
    {"\"it's\" 'a\"b'", 4, 2, "it's|a\"b"},
    {"a\\ b \\'", 4, 2, "a b|'"},
    {"\"a\\\"b\"", 4, 1, "a\"b"},
    {"'a\\'", 4, 1, "a\\"},
    {"a\\", 4, 1, "a\\"},
    {"\\\\", 4, 1, "\\"},
    {"a\nb", 4, 1, "a\nb"},
    {"a b c d e", 4, -1, "too many words: give at most 4"},
    {"a", 0, -1, "too many words: give at most 0"},
    {"'a b", 4, -1, "a ' is not closed: give it a second '"},
    {"a \"b", 4, -1, "a \" is not closed: give it a second \""},
    {"\"a\\\"", 4, -1, "a \" is not closed: give it a second \""},
    {"'", 4, -1, "a ' is not closed: give it a second '"},
};

START_TEST(split)
{
	char *words[4], joined[64] = "", *line = xstrdup(splits[_i].line);
	int n = word_split(line, words, splits[_i].max);
	ck_assert_int_eq(n, splits[_i].n);
	for (int i = 0; i < n; i++) {
		strcat(joined, i > 0 ? "|" : "");
		strcat(joined, words[i]);
	}
	if (n < 0)
		refused(EINVAL, splits[_i].words);
	else
		ck_assert_str_eq(joined, splits[_i].words);
	free(line);
}
END_TEST

static const struct {
	const char *text, *lines; /* each in brackets */
} lines[] = {
    {"", ""},
    {"\n", "[]"},
    {"a", "[a]"},
    {"a\n", "[a]"},
    {"a\nb", "[a][b]"},
    {"\n\na\n\n", "[][][a][]"},
};

START_TEST(cut_lines)
{
	char seen[64] = "", *text = xstrdup(lines[_i].text), *rest = text;
	for (char *line; (line = word_line(&rest)) != NULL;) {
		strcat(seen, "[");
		strcat(strcat(seen, line), "]");
	}
	ck_assert_str_eq(seen, lines[_i].lines);
	ck_assert_ptr_null(word_line(&rest));
	free(text);
	rest = NULL;
	ck_assert_ptr_null(word_line(&rest));
}
END_TEST

static const struct {
	const char *text, *trimmed;
} trims[] = {{"", ""}, {" \t\r", ""}, {"a", "a"}, {"\t a b\r", "a b"}, {" a", "a"}, {"a ", "a"}};

START_TEST(trim)
{
	char *text = xstrdup(trims[_i].text);
	ck_assert_str_eq(word_trim(text), trims[_i].trimmed);
	free(text);
}
END_TEST

/* code 0: the value; else the sentence */
static const struct {
	int (*read)(const char *, const char *, uint64_t *);
	const char *text;
	int code;
	uint64_t value;
	const char *sentence;
} numbers[] = {
    {word_u64, "0", 0, 0, ""},
    {word_u64, "007", 0, 7, ""},
    {word_u64, "18446744073709551615", 0, UINT64_MAX, ""},
    {word_u64, "18446744073709551616", ERANGE, 0,
	"\"18446744073709551616\" is too large a number: give N"},
    {word_u64, "99999999999999999999999", ERANGE, 0,
	"\"99999999999999999999999\" is too large a number: give N"},
    {word_u64, "", EINVAL, 0, "\"\" is not a number: give N"},
    {word_u64, "12x", EINVAL, 0, "\"12x\" is not a number: give N"},
    {word_u64, "x", EINVAL, 0, "\"x\" is not a number: give N"},
    {word_u64, "-1", EINVAL, 0, "\"-1\" is not a number: give N"},
    {word_u64, "+1", EINVAL, 0, "\"+1\" is not a number: give N"},
    {word_u64, " 1", EINVAL, 0, "\" 1\" is not a number: give N"},
    {word_u64, "1 ", EINVAL, 0, "\"1 \" is not a number: give N"},
    {word_u64, "0x10", EINVAL, 0, "\"0x10\" is not a number: give N"},
    {word_u64, "1.5", EINVAL, 0, "\"1.5\" is not a number: give N"},
    {word_u64, "1K", EINVAL, 0, "\"1K\" is not a number: give N"},
    {word_u64, "\xd9\xa3", EINVAL, 0, "\"\?\?\" is not a number: give N"},
    {word_size, "0", 0, 0, ""},
    {word_size, "1", 0, 1, ""},
    {word_size, "1K", 0, 1024, ""},
    {word_size, "1k", 0, 1024, ""},
    {word_size, "64M", 0, 64 << 20, ""},
    {word_size, "3g", 0, UINT64_C(3) << 30, ""},
    {word_size, "16777215T", 0, UINT64_C(16777215) << 40, ""},
    {word_size, "18446744073709551615", 0, UINT64_MAX, ""},
    {word_size, "16777216T", ERANGE, 0, "\"16777216T\" is too large a number: give N"},
    {word_size, "18446744073709551615K", ERANGE, 0,
	"\"18446744073709551615K\" is too large a number: give N"},
    {word_size, "18446744073709551616", ERANGE, 0,
	"\"18446744073709551616\" is too large a number: give N"},
    {word_size, "", EINVAL, 0, "\"\" is not a number: give N"},
    {word_size, "M", EINVAL, 0, "\"M\" is not a number: give N"},
    {word_size, "1MB", EINVAL, 0, "\"1MB\" is not a number: give N"},
    {word_size, "1KK", EINVAL, 0, "\"1KK\" is not a number: give N"},
    {word_size, "1P", EINVAL, 0, "\"1P\" is not a number: give N"},
    {word_size, "1 M", EINVAL, 0, "\"1 M\" is not a number: give N"},
    {word_size, "-1M", EINVAL, 0, "\"-1M\" is not a number: give N"},
    {word_size, "1.5G", EINVAL, 0, "\"1.5G\" is not a number: give N"},
};

START_TEST(number)
{
	uint64_t value = 0;
	int result = numbers[_i].read(numbers[_i].text, "give N", &value);
	ck_assert_int_eq(result, numbers[_i].code == 0 ? 0 : -1);
	if (result < 0)
		refused(numbers[_i].code, numbers[_i].sentence);
	else
		ck_assert_uint_eq(value, numbers[_i].value);
}
END_TEST

#define TEN "abcdefghij"
static const struct {
	const char *text;
	bool fits;
} names[] = {
    {"a", true},
    {"0", true},
    {"Web-1_x.y", true},
    {"a..", true},
    {TEN TEN TEN TEN TEN TEN "abc", true},
    {TEN TEN TEN TEN TEN TEN "abcd", false},
    {"", false},
    {".", false},
    {"..", false},
    {".a", false},
    {"-a", false},
    {"_a", false},
    {"a/b", false},
    {"a b", false},
    {"a\n", false},
    {"a\xc3\xa4", false},
    {"\xc3\xa4", false},
    {"a%", false},
};

START_TEST(name)
{
	ck_assert_int_eq(word_is_name(names[_i].text), names[_i].fits);
}
END_TEST

#define NAME_OR "\" is not a signal: give a name such as TERM or a number"
#define NUMBER_OR "\" is not a signal: give 1..64 or a name such as TERM"
static const struct {
	const char *text;
	int signal;
	const char *sentence;
} signals[] = {
    {"KILL", 9, NULL},
    {"SIGKILL", 9, NULL},
    {"term", 15, NULL},
    {"sigTerm", 15, NULL},
    {"9", 9, NULL},
    {"1", 1, NULL},
    {"64", 64, NULL},
    {"HUP", 1, NULL},
    {"0", -1, "\"0" NUMBER_OR},
    {"65", -1, "\"65" NUMBER_OR},
    {"9x", -1, "\"9x" NUMBER_OR},
    {"99999999999999999999", -1, "\"99999999999999999999" NUMBER_OR},
    {"", -1, "\"" NAME_OR},
    {"SIG", -1, "\"SIG" NAME_OR},
    {"SIGSIGKILL", -1, "\"SIGSIGKILL" NAME_OR},
    {"-9", -1, "\"-9" NAME_OR},
    {"KILLER", -1, "\"KILLER" NAME_OR},
    {"\x1b[2J", -1, "\"?[2J" NAME_OR},
};

START_TEST(signal_of)
{
	ck_assert_int_eq(signal_number(signals[_i].text), signals[_i].signal);
	if (signals[_i].signal < 0)
		refused(EINVAL, signals[_i].sentence);
}
END_TEST

static const struct {
	const char *text;
	size_t size;
	const char *quoted;
} quotes[] = {
    {"", 8, ""},
    {"abc", 8, "abc"},
    {"abcdefg", 8, "abcdefg"},
    {"abcdefgh", 8, "abcd..."},
    {"a\nb\x7f", 8, "a?b?"},
    {"\x1b[31m", 8, "?[31m"},
    {"\xc3\xa4", 8, "\?\?"},
    {"abcd", 4, "abc"},
    {"abc", 1, ""},
};

START_TEST(quote)
{
	char *to = xcalloc(1, quotes[_i].size); /* on the heap: ASan sees its end */
	ck_assert_str_eq(word_quote(quotes[_i].text, to, quotes[_i].size), quotes[_i].quoted);
	free(to);
}
END_TEST

static const struct {
	const char *wrote, *meant;
	unsigned slips;
} slips[] = {
    {"boot", "boot", 0},
    {"BOOT", "boot", 0},
    {"autobot", "autoboot", 1},
    {"otubaoot", "autoboot", WORD_FAR},
    {"atuoboot", "autoboot", 1},
    {"autobooot", "autoboot", 1},
    {"cpu_cap", "cpu.cap", 1},
    {"cap", "cpu.cap", 1},
    {"memory", "memory.max", 1},
    {"ca", "cpu.cap", WORD_FAR},
    {"", "boot", WORD_FAR},
    {"", "a", WORD_FAR},
    {"x", "", WORD_FAR},
    {"start", "boot", WORD_FAR},
    {"sedAD0v4X", "state", WORD_FAR},
    {"0123456789012345678901234567890123456789012345678901234567890123", "boot", WORD_FAR},
};

START_TEST(slip)
{
	ck_assert_uint_eq(word_slips(slips[_i].wrote, slips[_i].meant), slips[_i].slips);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("word");
	TCase *t = tcase_create("words");
	tcase_add_loop_test(t, split, 0, NELEM(splits));
	tcase_add_loop_test(t, cut_lines, 0, NELEM(lines));
	tcase_add_loop_test(t, trim, 0, NELEM(trims));
	tcase_add_loop_test(t, number, 0, NELEM(numbers));
	tcase_add_loop_test(t, name, 0, NELEM(names));
	tcase_add_loop_test(t, signal_of, 0, NELEM(signals));
	tcase_add_loop_test(t, quote, 0, NELEM(quotes));
	tcase_add_loop_test(t, slip, 0, NELEM(slips));
	suite_add_tcase(s, t);
	return suite_run(s);
}
