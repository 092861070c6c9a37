/* A helper that can seal host paths. */
#ifndef WARREN_TESTS_SEALING_H
#define WARREN_TESTS_SEALING_H

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mount-helper/proof/seal.h"

static char state[64];

/* One with a key of its own. */
static inline struct helper sealing_helper(void)
{
	struct helper h = {.fuse = -1};
	snprintf(state, sizeof(state), "/tmp/warren-ops.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(state));
	h.dirs.state = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(seal_begin(&h), 0);
	return h;
}

static inline void sealing_end(struct helper *h)
{
	ck_assert_int_eq(unlinkat(h->dirs.state, h->adopts ? "key.new" : "key", 0), 0);
	close(h->dirs.state);
	ck_assert_int_eq(rmdir(state), 0);
}

#endif
