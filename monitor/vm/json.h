/* JSON that may mean harm. */
#ifndef WARREN_MONITOR_VM_JSON_H
#define WARREN_MONITOR_VM_JSON_H

#include <jansson.h>

/* NULL: it is no JSON, or too deep: jansson goes down one call for each level, and stack once used
 * stays ours. */
json_t *json_take(const char *text, size_t n);

#endif
