/* A program's own list of system calls, for one that reads what strangers wrote. What is not in the
 * list is as unknown as to an old kernel (ENOSYS, and a line in the kernel's log), so that a
 * library that asks for something newer takes its older way. What only an attacker would try ends
 * the program.
 *
 * Each program has its list beside its code, and not with who starts it: after an upgrade the new
 * program brings its own. Builds with sanitizers are not confined (UNCONFINED), as those need more
 * than the program. */
#ifndef WARREN_BASE_CONFINE_H
#define WARREN_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef UNCONFINED
enum { CONFINED = 0 };
#else
enum { CONFINED = 1 };
#endif

/* A call that is allowed; where there is a mask, only if its argument `arg` has, of those bits,
 * `bits`. The lower 32 bits of an argument are looked at. A call with several rows is allowed by
 * any of them. */
struct confined_call {
	long number; /* SYS_ */
	unsigned arg;
	uint32_t mask, bits;
};

enum { CONFINED_CALLS = 160 }; /* at most */

/* For good, and for all children: only these calls. Sets no_new_privs. */
int confine_calls(const struct confined_call *calls, size_t n);

#endif
