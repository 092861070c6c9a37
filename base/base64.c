#include "base/base64.h"

/* -1: none of the 64 */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t base64_decode(const char *text, size_t n, char *to)
{
	unsigned bits = 0, have = 0;
	size_t len = 0;
	int v;
	for (size_t i = 0; i < n && (v = value_of(text[i])) >= 0; i++) {
		bits = (bits << 6 | (unsigned)v) & 0xfff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		to[len++] = (char)(bits >> have);
	}
	return len;
}
