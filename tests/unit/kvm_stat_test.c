/* vm/kvm/kvm_stat: QEMU's answers, which may mean harm. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/kvm/kvm_stat.h"

#define STATS(stats) "{\"provider\": \"kvm\", \"stats\": [" stats "]}"
#define ANSWER(parts) "{\"return\": [" parts "]}"
#define STAT(name, value) "{\"name\": \"" name "\", \"value\": " value "}"

/* want: the error's sentence, or the sums as one text */
static const struct {
	const char *answer;
	int code;
	const char *want;
} cases[] = {
    {ANSWER(""), 0, ""},
    {ANSWER(STATS(STAT("exits", "7") "," STAT("io_exits", "0"))), 0, "exits 7 io_exits 0 "},
    {ANSWER(STATS(STAT("exits", "7")) "," STATS(STAT("exits", "35"))), 0, "exits 42 "},
    {ANSWER(STATS(STAT("guest_mode", "true")) "," STATS(STAT("guest_mode", "false"))), 0,
	"guest_mode 1 "},
    {ANSWER(STATS(STAT("wait_hist", "[1, 2]") "," STAT("exits", "1"))), 0, "exits 1 "},
    {ANSWER(STATS(STAT("large", "18446744073709551615"))), 0, "large 18446744073709551616 "},
    {ANSWER(STATS(STAT("exits", "-1"))), EIO, "QEMU's counters make no sense"},
    {ANSWER(STATS(STAT("a b", "1"))), EIO, "QEMU's counters make no sense"},
    {ANSWER(STATS(STAT("a\\nb", "1"))), EIO, "QEMU's counters make no sense"},
    {ANSWER(STATS(STAT("", "1"))), EIO, "QEMU's counters make no sense"},
    {ANSWER(STATS(STAT("exits", "\"7\""))), EIO, "QEMU's counters make no sense"},
    {ANSWER(STATS(STAT("exits", "{}"))), EIO, "QEMU's counters make no sense"},
    {ANSWER(STATS("{\"name\": \"exits\"}")), EIO, "QEMU's counters make no sense"},
    {ANSWER(STATS("7")), EIO, "QEMU's counters make no sense"},
    {ANSWER("7"), 0, ""},
    {"{\"return\": {}}", EIO, "QEMU does not tell its counters"},
    {"{\"error\": {\"class\": \"GenericError\", \"desc\": \"x\"}}", EIO,
	"QEMU does not tell its counters"},
    {"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"x\"}}", EOPNOTSUPP,
	"this QEMU can't tell: install 7.1 or a later one"},
    {"", EIO, "QEMU does not tell its counters"},
    {"{\"return\": [", EIO, "QEMU does not tell its counters"},
};

START_TEST(answers_are_checked)
{
	json_t *sums = json_object();
	char text[256] = "";
	const char *key;
	json_t *n;
	err_clear();
	int result = kvm_stat_add(sums, cases[_i].answer, strlen(cases[_i].answer));
	json_object_foreach(sums, key, n)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %.0f ", key,
		    json_real_value(n));
	ck_assert_int_eq(result, cases[_i].code != 0 ? -1 : 0);
	if (result < 0)
		ck_assert_int_eq(err_code(), cases[_i].code);
	ck_assert_str_eq(result < 0 ? err_text() : text, cases[_i].want);
	json_decref(sums);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kvm_stat");
	TCase *t = tcase_create("kvm_stat");
	tcase_add_loop_test(t, answers_are_checked, 0, (int)NELEM(cases));
	suite_add_tcase(s, t);
	return suite_run(s);
}
