/* What one write says. */
#ifndef WARREN_FS_MESSAGE_H
#define WARREN_FS_MESSAGE_H

#include <stddef.h>

/* No NULs, at most MESSAGE_MAX bytes. -1: EINVAL, EMSGSIZE */
int message_check(const char *bytes, size_t len);

/* A copy without blank lines, comments and blanks at the ends of lines; "": nothing is left. The
 * caller's. */
char *message_clean(const char *bytes, size_t len);

#endif
