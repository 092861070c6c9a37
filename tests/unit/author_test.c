/* Who wrote a value: as the kernel tells it of a thread, and as it is kept. */
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/author.h"
#include "base/err.h"
#include "base/list.h"
#include "tests/unit/suite.h"

enum { U = 54321, G = 54322, H = 54323 };

static const struct {
	const char *text;
	uint32_t ngroups; /* 1000: refused */
} lines[] = {
    {"5 6", 0},
    {"5 6 -", AUTHOR_UNKNOWN},
    {"5 6 7", 1},
    {"0 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32",
	32},
    {"0 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 "
     "33",
	1000},
    {"", 1000},
    {"5 -", 1000},
    {"5 6 - 7", 1000},
    {"5 6 7 -", 1000},
    {"5 6x", 1000},
    {"-1 0", 1000},
    {"4294967295 0", 1000},
    {"0 4294967296", 1000},
    {"0 0 99999999999999999999", 1000},
};

START_TEST(line_is_kept_or_refused)
{
	struct author a = {0};
	struct buf b = {0};
	char text[256];
	snprintf(text, sizeof(text), "%s", lines[_i].text);
	int r = author_load(&a, text);
	ck_assert_int_eq(r, lines[_i].ngroups == 1000 ? -1 : 0);
	if (r < 0)
		return;
	ck_assert_uint_eq(a.ngroups, lines[_i].ngroups);
	author_save("key", &a, &b);
	snprintf(text, sizeof(text), "key %s\n", lines[_i].text);
	ck_assert_str_eq(buf_text(&b), text);
	buf_finish(&b);
}
END_TEST

START_TEST(group_is_in_it)
{
	struct author a = {.uid = U, .gid = G, .ngroups = 1, .groups = {H}};
	ck_assert(author_in(&a, G));
	ck_assert(author_in(&a, H));
	ck_assert(!author_in(&a, 0));
	a.ngroups = AUTHOR_UNKNOWN;
	ck_assert(!author_in(&a, H));
}
END_TEST

/* In a child that becomes another user: does `judge` agree? */
static int become_and(const gid_t *groups, size_t n, gid_t real, int (*judge)(void))
{
	int status;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		if (setgroups(n, groups) < 0 || setresgid(real, G, G) < 0 || setresuid(U, U, U) < 0)
			_exit(9);
		_exit(judge());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static int two_groups(void)
{
	struct author a;
	return author_read(&a, U, G, getpid()) == 0 && a.ngroups == 2 && author_in(&a, H) &&
		       author_in(&a, 77)
		   ? 0
		   : 1;
}
static int no_groups(void)
{
	struct author a;
	return author_read(&a, U, G, getpid()) == 0 && a.ngroups == 0 && author_in(&a, G) ? 0 : 1;
}
static int unknown(void)
{
	struct author a;
	return author_read(&a, U, G, getpid()) == 0 && a.ngroups == AUTHOR_UNKNOWN ? 0 : 1;
}
static int refused(void)
{
	struct author a;
	return author_read(&a, U, G, getpid()) < 0 && err_code() == EPERM ? 0 : 1;
}
static int not_his(void) /* a server of the kernel's that writes for a client */
{
	struct author a;
	return author_read(&a, U + 1, G, getpid()) == 0 && a.ngroups == AUTHOR_UNKNOWN &&
		       a.uid == U + 1
		   ? 0
		   : 1;
}
static int nobody_there(void)
{
	struct author a;
	return author_read(&a, U, G, 0) == 0 && a.ngroups == AUTHOR_UNKNOWN &&
		       author_read(&a, U, G, 0x7ffffff0) == 0 && a.ngroups == AUTHOR_UNKNOWN
		   ? 0
		   : 1;
}

START_TEST(kernel_tells_of_him)
{
	gid_t many[AUTHOR_GROUPS + 1] = {77, H};
	for (gid_t i = 2; i < NELEM(many); i++)
		many[i] = 1000 + i;
	ck_assert_int_eq(become_and(many, 2, G, two_groups), 0);
	ck_assert_int_eq(become_and(many, 0, G, no_groups), 0);
	ck_assert_int_eq(become_and(many, NELEM(many), G, unknown), 0);
	ck_assert_int_eq(become_and(many, 2, H, refused), 0); /* a set-gid program */
	ck_assert_int_eq(become_and(many, 2, G, not_his), 0);
	ck_assert_int_eq(become_and(many, 2, G, nobody_there), 0);
}
END_TEST

/* Older versions kept no more of who wrote a NIC's line. */
START_TEST(uid_alone_has_no_group)
{
	struct author a = {0};
	ck_assert_int_eq(author_load(&a, (char[]){"5"}), 0);
	ck_assert_uint_eq(a.uid, 5);
	ck_assert_uint_eq(a.gid, 65534);
	ck_assert_uint_eq(a.ngroups, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("author");
	TCase *t = tcase_create("author");
	tcase_add_test(t, uid_alone_has_no_group);
	tcase_add_loop_test(t, line_is_kept_or_refused, 0, NELEM(lines));
	tcase_add_test(t, group_is_in_it);
	if (geteuid() == 0)
		tcase_add_test(t, kernel_tells_of_him);
	else
		printf("SKIP what the kernel tells: it needs root\n");
	suite_add_tcase(s, t);
	return suite_run(s);
}
