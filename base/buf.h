/* A text that grows. All zero means empty; buf_finish frees it and makes it zero again. */
#ifndef WARREN_BASE_BUF_H
#define WARREN_BASE_BUF_H

#include <stddef.h>

struct buf {
	char *at; /* owned; NUL after the last byte once anything was added */
	size_t len, room;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_cut(struct buf *b, size_t len); /* shorten to len */
const char *buf_text(const struct buf *b); /* "" when empty; borrowed */
char *buf_take(struct buf *b, size_t *len); /* the bytes, now the caller's; never NULL */
void buf_finish(struct buf *b);

#endif
