/* JSON that may mean harm. */
#ifndef WARREN_BASE_JSON_H
#define WARREN_BASE_JSON_H

#include <jansson.h>

/* Once, before any of it: else jansson would open /dev/urandom, which not each of our programs can.
 */
void json_init(void);

/* NULL: it is no JSON, or too deep: jansson goes down one call for each level, and stack once used
 * stays ours. */
json_t *json_take(const char *text, size_t n);

#endif
