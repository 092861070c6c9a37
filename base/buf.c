#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void reserve(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1;
	if (need <= b->room)
		return;
	b->room = need < 128 ? 128 : need * 2;
	b->at = xrealloc(b->at, b->room);
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	reserve(b, n);
	if (n > 0)
		memcpy(b->at + b->len, bytes, n);
	b->len += n;
	b->at[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	assert(n >= 0);
	reserve(b, (size_t)n);
	vsnprintf(b->at + b->len, (size_t)n + 1, fmt, again);
	b->len += (size_t)n;
	va_end(again);
	va_end(ap);
}

void buf_cut(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->at != NULL)
		b->at[len] = '\0';
}

const char *buf_text(const struct buf *b)
{
	return b->at != NULL ? b->at : "";
}

char *buf_take(struct buf *b, size_t *len)
{
	reserve(b, 0);
	b->at[b->len] = '\0';
	char *at = b->at;
	if (len != NULL)
		*len = b->len;
	*b = (struct buf){0};
	return at;
}

void buf_finish(struct buf *b)
{
	free(b->at);
	*b = (struct buf){0};
}
