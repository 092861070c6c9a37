/* The end of every program of unit tests. */
#ifndef WARREN_TESTS_SUITE_H
#define WARREN_TESTS_SUITE_H

#include <check.h>

/* Runs it and frees it; gives main's result. */
static inline int suite_run(Suite *s)
{
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

#endif
