/* vm/jit: is there room for the translated code of one more CPU? */
#include <check.h>

#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/jit.h"

#define TEXT(sizes)                                                                                \
	"{\"human-readable-text\": \"Translation buffer state:\\ngen code size       " sizes       \
	"\\nTB count            52661\\n\"}"

/* All of it is 268271616 bytes with four places: 32 regions of 8383488. */
static const struct {
	const char *answer;
	unsigned places, has;
	bool room;
} cases[] = {
    {TEXT("0/268271616"), 4, 1, true},
    {TEXT("28685187/268271616"), 4, 2, true},
    {TEXT("243121151/268271616"), 4, 2, true}, /* 28 are full, two begun, one is for later */
    {TEXT("243121152/268271616"), 4, 2, false}, /* 29 */
    {TEXT("268271616/268271616"), 4, 2, false},
    {TEXT("999999999999999999/268271616"), 4, 2, false},
    {TEXT("0/268271616"), 255, 253, true}, /* a region for each */
    {TEXT("0/268271616"), 255, 254, false},
    {TEXT("0/31"), 4, 1, false},
    {TEXT("0/0"), 4, 1, false},
    {TEXT("0/268271616"), 0, 0, false},
    {TEXT("none"), 4, 1, false},
    {"{\"human-readable-text\": \"\"}", 4, 1, false},
    {"{\"human-readable-text\": 1}", 4, 1, false},
    {"{}", 4, 1, false},
    {"[]", 4, 1, false},
};

START_TEST(room_is_sure)
{
	json_t *answer = json_loads(cases[_i].answer, 0, NULL);
	ck_assert_ptr_nonnull(answer);
	ck_assert_msg(jit_has_room(answer, cases[_i].places, cases[_i].has) == cases[_i].room, "%s",
	    cases[_i].answer);
	json_decref(answer);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("jit");
	TCase *t = tcase_create("jit");
	tcase_add_loop_test(t, room_is_sure, 0, NELEM(cases));
	suite_add_tcase(s, t);
	return suite_run(s);
}
