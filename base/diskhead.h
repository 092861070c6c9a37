/* What the header of a disk says. Only processes without privilege look at one: a disk is in its
 * guest's hands. */
#ifndef WARREN_BASE_DISKHEAD_H
#define WARREN_BASE_DISKHEAD_H

#include <stdint.h>

/* Of "qcow2", "vmdk" and the like, by its first bytes. NULL: none of these, so a raw disk */
const char *diskhead_format(int fd);

/* Is it a whole disk of format qcow2: one that names no other file, and whose tables are no larger
 * than QEMU takes them, and within the file? *size: bytes as a guest sees it. -1: EINVAL */
int diskhead_qcow2(int fd, uint64_t *size);

#endif
