/* fs/turns: whose request is handled next. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fs/handover.h"
#include "fs/turns.h"
#include "tests/unit/suite.h"

enum { ROOM = 64 << 10, BIG = 1 << 20 };

static char done[4096]; /* the requests that were handled, a letter each */

static void handle(void *request, size_t size)
{
	ck_assert_uint_gt(size, 0);
	strncat(done, request, 1);
}

static void begin(void)
{
	int fd = memfd_create("handover", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, ROOM), 0);
	ck_assert_int_eq(handover_open(fd), 0);
	turns_open(handle);
	turns_round();
}

/* A letter for each request that comes; those that wait are handled later. */
static void come(uid_t uid, const char *letters)
{
	for (; *letters != '\0'; letters++)
		if (!turns_wait(uid, 2, letters, 1))
			handle((void *)(uintptr_t)letters, 1);
}

START_TEST(few_are_handled_at_once)
{
	begin();
	come(1, "abcd");
	come(2, "xy");
	turns_round();
	come(1, "efgh");
	ck_assert_str_eq(done, "abcdxyefgh");
}
END_TEST

START_TEST(who_has_many_waits)
{
	begin();
	come(1, "abcdefgh");
	come(2, "x");
	ck_assert_str_eq(done, "abcdx");
	turns_round();
	come(1, "i"); /* not before those that came before it */
	come(2, "y");
	ck_assert_str_eq(done, "abcdxy");
	turns_serve();
	ck_assert_str_eq(done, "abcdxyefghi");
	turns_serve();
	turns_round();
	come(1, "j");
	ck_assert_str_eq(done, "abcdxyefghij");
}
END_TEST

START_TEST(lines_take_turns)
{
	begin();
	come(1, "aaaabcdefghijklmnopqrstuvw");
	come(2, "AAAABCD");
	come(0, "----+");
	turns_serve();
	ck_assert_str_eq(done, "aaaaAAAA----bB+cCdDefghijklm");
	turns_serve();
	ck_assert_str_eq(done, "aaaaAAAA----bB+cCdDefghijklmnopqrstuvw");
}
END_TEST

/* The users of one block are as one. */
START_TEST(a_block_has_one_line)
{
	begin();
	for (uid_t uid = 0x50000; uid < 0x50008; uid++)
		come(uid, "a");
	come(1, "x");
	ck_assert_str_eq(done, "aaaax");
	turns_serve();
	ck_assert_str_eq(done, "aaaaxaaaa");
}
END_TEST

/* Nobody fills the memory: then his oldest is handled before its turn. */
START_TEST(bytes_are_bounded)
{
	char *big = calloc(1, BIG);
	begin();
	come(1, "aaaa");
	for (int i = 0; i < 6; i++) {
		*big = (char)('b' + i);
		ck_assert(turns_wait(1, 2, big, BIG));
	}
	ck_assert_str_eq(done, "aaaabc");
	turns_serve();
	ck_assert_str_eq(done, "aaaabcdefg");
	free(big);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("turns");
	TCase *t = tcase_create("turns");
	tcase_add_test(t, few_are_handled_at_once);
	tcase_add_test(t, who_has_many_waits);
	tcase_add_test(t, lines_take_turns);
	tcase_add_test(t, a_block_has_one_line);
	tcase_add_test(t, bytes_are_bounded);
	suite_add_tcase(s, t);
	return suite_run(s);
}
