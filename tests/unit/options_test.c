/* The helper takes every option of a mount that it knows, and names the first that it does not. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "mount-helper/kit/options.h"
#include "tests/unit/suite.h"

static int parse(const char *list)
{
	char words[] = "warren", where[] = "/tmp", o[] = "-o", name[] = "mount.warren";
	char *copy = xstrdup(list), *argv[] = {name, words, where, o, copy, NULL};
	struct options opt;
	optind = 0;
	int r = options_parse(&opt, 5, argv);
	options_finish(&opt);
	free(copy);
	return r;
}

START_TEST(options_are_taken_or_named)
{
	ck_assert_int_eq(
	    parse("rw,nosuid,_netdev,x-systemd.automount,comment=a,cgroup=w.1,log=info"), 0);
	static const char *const bad[] = {"bogus", "cgroup=a//b", "cgroup=/a", "cgroup=a/",
	    "cgroup=a/../b", "cgroup=..", "cgroup=", "state=", "run=", "state=here", "run=./here",
	    "log=loud", "fd=3"};
	for (size_t i = 0; i < NELEM(bad); i++)
		ck_assert_int_eq(parse(bad[i]), -1);
	parse("bogus");
	ck_assert_ptr_nonnull(strstr(err_text(), "\"bogus\""));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("words");
	tcase_add_test(t, options_are_taken_or_named);
	suite_add_tcase(s, t);
	return suite_run(s);
}
