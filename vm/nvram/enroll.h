/* The Secure Boot certificates that Microsoft has made in 2023, as those of 2011 end in 2026: they
 * are taken from the variables that the host's firmware package begins with. */
#ifndef WARREN_VM_NVRAM_ENROLL_H
#define WARREN_VM_NVRAM_ENROLL_H

#include "vm/nvram/variables.h"

/* What the new variables are, as long as they are not written. */
struct enrolled {
	struct buf lists[2];
};

/* Add those of the template to v's db and KEK that these lack. How many: 0: it has them all. -1:
 * EOPNOTSUPP, one of the two has none of what is wanted */
int enroll(struct variables *v, const struct variables *template, struct enrolled *to);
void enrolled_free(struct enrolled *e);

#endif
