/* Memory. The daemon can be started again at any time without harm (zones go on), so running out of
 * memory ends it; sizes that a user chooses are bounded before they get here. */
#ifndef WARREN_BASE_MEM_H
#define WARREN_BASE_MEM_H

#include <stddef.h>

void *xcalloc(size_t n, size_t size); /* zeroed, owned by the caller */
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
