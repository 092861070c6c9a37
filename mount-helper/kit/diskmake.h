/* Making the file of a disk that is missing. */
#ifndef WARREN_MOUNT_HELPER_KIT_DISKMAKE_H
#define WARREN_MOUNT_HELPER_KIT_DISKMAKE_H

#include "protocol/helper.h"
#include "protocol/import.h"

/* Make an empty disk of f->size bytes at f->path, with the caller's rights and as his file, 0600.
 * It takes no room on the host's disk until it is written. Returns the descriptor; -1: why not,
 * and nothing is left of it. */
int diskmake(const struct helper_file *f, enum disk_format format);

/* Write an empty disk of qcow2 into an empty file. size: a multiple of 512, at most 2^50 */
int diskmake_qcow2(int fd, uint64_t size);

#endif
