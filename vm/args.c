#include "vm/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void add(struct args *a, const char *fmt, va_list ap)
{
	char *s;
	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	buf_add(a->b, s, strlen(s) + 1);
	free(s);
	a->n++;
}

void args_word(struct args *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(a, fmt, ap);
	va_end(ap);
}

void args_opt(struct args *a, const char *option, const char *fmt, ...)
{
	va_list ap;
	args_word(a, "%s", option);
	va_start(ap, fmt);
	add(a, fmt, ap);
	va_end(ap);
}
