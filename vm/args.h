/* QEMU's command line, as it is being made: words, each with its NUL. */
#ifndef WARREN_VM_ARGS_H
#define WARREN_VM_ARGS_H

#include <stdint.h>

#include "base/buf.h"

struct args {
	struct buf *b; /* borrowed */
	uint32_t n; /* so many words */
};

/* A word. */
void args_word(struct args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* An option and its value. */
void args_opt(struct args *a, const char *option, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
