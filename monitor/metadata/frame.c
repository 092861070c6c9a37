#include "monitor/metadata/frame.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- CRC32 ---- */

#define POLYNOMIAL UINT32_C(0xEDB88320) /* section 4.2 of the protocol */

static uint32_t crc32_of(const char *bytes, size_t n)
{
	uint32_t crc = ~UINT32_C(0);
	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 1) != 0 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
	}
	return ~crc;
}

/* ---- BASE64 ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(struct buf *to, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)bytes[i] << 16;
		v |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		v |= left > 2 ? bytes[i + 2] : 0;
		char four[4] = {
		    digits[v >> 18], digits[v >> 12 & 63], digits[v >> 6 & 63], digits[v & 63]};
		if (left < 3)
			memset(four + left + 1, '=', 3 - left);
		buf_add(to, four, sizeof(four));
	}
}

static int digit_value(char c)
{
	const char *at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

int frame_decode(struct buf *to, const char *text, size_t n)
{
	size_t before = to->len, padded = n;
	uint32_t v = 0;
	while (padded % 4 == 0 && n > 0 && padded - n < 2 && text[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		int d = digit_value(text[i]);
		if (d < 0 || (n % 4 == 1 && i == n - 1)) {
			buf_cut(to, before);
			return -1;
		}
		v = v << 6 | (uint32_t)d;
		if (i % 4 != 0)
			buf_add(to, (char[]){(char)(v >> (3 - i % 4) * 2)}, 1);
	}
	return 0;
}

/* ---- the line ---- */

/* A field that ends at a blank or at the end: its length. *text moves behind it and the blank. */
static size_t field(const char **text, const char *end)
{
	const char *at = *text, *blank = memchr(at, ' ', (size_t)(end - at));
	*text = blank != NULL ? blank + 1 : end;
	return (size_t)((blank != NULL ? blank : end) - at);
}

/* n characters as a number of this base; false: they are none, or more than 8. */
static bool number(const char *at, size_t n, unsigned base, uint32_t *value)
{
	static const char all[] = "0123456789abcdef";
	*value = 0;
	for (size_t i = 0; i < n; i++) {
		const char *d = at[i] != '\0' ? memchr(all, at[i], base) : NULL;
		if (d == NULL)
			return false;
		*value = *value * base + (uint32_t)(d - all);
	}
	return n > 0 && n <= 8;
}

static bool word_take(char *to, size_t room, const char **text, const char *end)
{
	const char *at = *text;
	size_t n = field(text, end);
	if (n == 0 || n >= room)
		return false;
	memcpy(to, at, n);
	to[n] = '\0';
	return true;
}

static bool body_is_whole(const char **text, const char *end)
{
	uint32_t length, sum;
	const char *at = *text;
	size_t n = field(text, end);
	if (!number(at, n, 10, &length))
		return false;
	at = *text;
	n = field(text, end);
	return number(at, n, 16, &sum) && (size_t)(end - *text) == length &&
	       crc32_of(*text, length) == sum;
}

int frame_read(const char *line, size_t n, struct frame *f)
{
	const char *text = line + 3, *end = line + n;
	uint32_t unused;
	*f = (struct frame){.request = ""};
	if (n < 3 || memcmp(line, "V2 ", 3) != 0 || !body_is_whole(&text, end) ||
	    !word_take(f->request, sizeof(f->request), &text, end) ||
	    !number(f->request, strlen(f->request), 16, &unused) ||
	    !word_take(f->code, sizeof(f->code), &text, end))
		return -1;
	return frame_decode(&f->payload, text, (size_t)(end - text));
}

void frame_add(struct buf *to, const char *request, const char *code, const void *payload, size_t n)
{
	struct buf body = {0};
	buf_printf(&body, "%s %s", request, code);
	if (n > 0) {
		buf_str(&body, " ");
		encode(&body, payload, n);
	}
	buf_printf(to, "V2 %zu %08x ", body.len, crc32_of(buf_text(&body), body.len));
	buf_add(to, buf_text(&body), body.len);
	buf_str(to, "\n");
	buf_finish(&body);
}
