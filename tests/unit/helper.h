/* A request to the helper that is fine, for the tests to spoil or to send. */
#ifndef WARREN_TESTS_HELPER_H
#define WARREN_TESTS_HELPER_H

#include <check.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "protocol/helper.h"

enum { ID = 7, BASE = UID_FIRST + 0x7770000 };

static inline int memory_file(const void *bytes, size_t n)
{
	int fd = memfd_create("helper-test", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_all(fd, bytes, n), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline struct helper_zone_start fine_zone(void)
{
	struct helper_zone_start z = {.head = {HELPER_ZONE_START, 1},
	    .id = ID,
	    .privileges = UINT64_MAX,
	    .uids = {BASE, UID_COUNT},
	    .stack = {.depth = 1}};
	snprintf(z.hostname, sizeof(z.hostname), "zone");
	return z;
}

#endif
