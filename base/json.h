/* JSON that may mean harm. */
#ifndef WARREN_BASE_JSON_H
#define WARREN_BASE_JSON_H

#include <jansson.h>

/* Call once before the others: else jansson opens /dev/urandom, which confined programs can't. */
void json_init(void);

/* Parse n bytes. NULL: they are no JSON, or nested too deep (jansson recurses at each level, and
 * stack that was used once stays in memory). */
json_t *json_parse(const char *text, size_t n);

/* The string of this key; "": there is none. Borrowed from the object, which may be NULL. */
const char *json_word(const json_t *object, const char *key);

#endif
