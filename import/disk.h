/* Images of disks. */
#ifndef WARREN_IMPORT_DISK_H
#define WARREN_IMPORT_DISK_H

#include <stdbool.h>

/* Is it the image of a disk, although it does not begin with the header of a format? */
bool disk_is(int fd);

/* Make it the file "disk": a copy, or what qemu-img makes of a disk of another maker. */
int disk_take(int fd);

/* The same of the file CONVERT_FROM, which is ours, and is removed then. What it is to read is
 * counted in report_total() before. */
int disk_take_source(int source);

#endif
