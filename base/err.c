#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct err last;

static int error_set(int code, const char *tail, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static int error_set(int code, const char *tail, const char *fmt, va_list ap)
{
	char text[ERR_TEXT] = ""; /* initialised, because all of it is sent over the wire */
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n >= 0 && (size_t)n < sizeof(text) && tail != NULL)
		snprintf(text + n, sizeof(text) - (size_t)n, ": %s", tail);
	last.code = code;
	memcpy(last.text, text, sizeof(text));
	return -1;
}

int err_set(int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = error_set(code, NULL, fmt, ap);
	va_end(ap);
	return r;
}

int err_sys(const char *fmt, ...)
{
	int code = errno;
	va_list ap;
	va_start(ap, fmt);
	int r = error_set(code, strerror(code), fmt, ap);
	va_end(ap);
	return r;
}

int err_wrap(const char *fmt, ...)
{
	struct err inner = last;
	va_list ap;
	va_start(ap, fmt);
	int r = error_set(err_code(), inner.text, fmt, ap);
	va_end(ap);
	return r;
}

int err_restore(const struct err *e)
{
	last = *e;
	last.text[ERR_TEXT - 1] = '\0';
	return -1;
}

void err_tidy(struct err *e)
{
	e->text[ERR_TEXT - 1] = '\0';
	for (char *p = e->text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

void err_clear(void)
{
	last.code = 0;
	last.text[0] = '\0';
}

int err_code(void)
{
	return last.code != 0 ? last.code : EIO;
}

const char *err_text(void)
{
	return last.text;
}

void err_copy(struct err *to)
{
	*to = last;
}
