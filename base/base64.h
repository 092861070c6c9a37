/* Base64 (RFC 4648, 4) that may mean harm. */
#ifndef WARREN_BASE_BASE64_H
#define WARREN_BASE_BASE64_H

#include <stddef.h>

/* Decode n characters into `to`, which has room for n / 4 * 3 + 3 bytes. What is behind the first
 * character that is none of base64's is left out. Returns the bytes. */
size_t base64_decode(const char *text, size_t n, char *to);

#endif
