/* Checking the header of a disk. Only processes without privilege do it: the guest can write the
 * header. */
#ifndef WARREN_BASE_DISKHEAD_H
#define WARREN_BASE_DISKHEAD_H

#include <stdint.h>

/* The format, "qcow2", "vmdk" and the like, by the first bytes. NULL: none of these, so a raw
 * disk */
const char *diskhead_format(int fd);

/* Is it a complete qcow2 disk: does it name no other file, and are its tables within the file and
 * no larger than QEMU takes them? *size: bytes as a guest sees it. -1: EINVAL */
int diskhead_qcow2(int fd, uint64_t *size);

#endif
