/* Disks in the formats of other makers: is one whole, or are parts of it in other files? Only
 * processes without privilege look at one: a stranger made it. */
#ifndef WARREN_BASE_DISKWHOLE_H
#define WARREN_BASE_DISKWHOLE_H

#include <stdbool.h>

/* Can a disk of this format, as diskhead_format() names it, be converted? */
bool diskwhole_knows(const char *format);

/* Does a hard disk image of fixed size (vpc) end here? Its only header is its last sector. */
bool diskwhole_is_fixed_vpc(int fd);

/* -1: EINVAL, for a disk that names another file, a part of one, or one that is cut off in its
 * header. The rest of the header is qemu-img's to check. */
int diskwhole_check(int fd, const char *format);

#endif
