/* Images of disks. */
#ifndef WARREN_IMPORT_DISK_H
#define WARREN_IMPORT_DISK_H

#include "protocol/import.h"

/* Is it the image of a disk? 1: it is */
int disk_is_raw(int fd);

/* Copy it to the file "disk". */
int disk_copy(int fd, enum disk_format format);

#endif
