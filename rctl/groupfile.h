/* Files of a group, for the faces. */
#ifndef WARREN_RCTL_GROUPFILE_H
#define WARREN_RCTL_GROUPFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* -1 with the kernel's answer, or EOPNOTSUPP where the host lacks the controller. */
int group_put(const char *controller, const char *group, const char *file, const char *text);
int group_get(const char *controller, const char *group, const char *file, struct buf *b);
int group_get_number(const char *controller, const char *group, const char *file, uint64_t *n);
int group_open(const char *controller, const char *group, const char *file); /* to read */
int group_reread(int fd, char *text, size_t size); /* from its beginning, as a string */

/* Pressure is v2's alone; in a hybrid its side of the group has it. */
int group_pressure(const char *group, const char *what, struct buf *b);

/* The number behind a key in a flat keyed text; 0 where there is none. */
uint64_t group_keyed(const char *text, const char *key);

#endif
