/* A program's own list of system calls, for a program that reads what strangers wrote. A call that
 * is not in the list fails as in an old kernel (ENOSYS, and a line in the kernel's log), so that a
 * library that tries a newer call falls back. A call that only an attacker would make ends the
 * program.
 *
 * Each program has its list beside its code, not in the program that starts it: after an upgrade
 * the new program brings its own. Builds with sanitizers are not confined (UNCONFINED): sanitizers
 * need more calls.
 *
 * libseccomp does not make these filters: the static monitor would carry it along. Each instruction
 * costs 0.2 us to load, so that calls with neighbouring numbers are one comparison. */
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

/* A call that is allowed. With a mask: only if argument `arg`, masked, equals `bits`; the lower 32
 * bits of the argument are looked at. A call with several rows is allowed by any of them. */
struct confined_call {
	long number; /* SYS_ */
	unsigned arg;
	uint32_t mask, bits;
};

/* The end of a row: whatever its arguments; where argument `arg` is this value; where it has
 * none of these bits; where it is one of the values from `first` on that differ from it in these
 * low bits alone. */
#define ANY 0, 0, 0
#define IS(arg, value) arg, UINT32_MAX, (uint32_t)(value)
#define WITHOUT(arg, bits) arg, bits, 0
#define AMONG(arg, first, bits) arg, ~(uint32_t)(bits), (uint32_t)(first)

enum { CONFINED_CALLS = 240 }; /* at most */

/* Whose program it is. Nobody knows all that a program of others may try, so none of its calls ends
 * it: those that only an attacker would make are unknown to it as all others that its list has
 * not. */
enum confined { CONFINED_OURS, CONFINED_OTHERS };

/* Allow only these calls from now on, to this process and all its children. Sets no_new_privs. */
int confine_calls(const struct confined_call *calls, size_t n, enum confined who);

#endif
