/* size= of a disk that runs. */
#ifndef WARREN_VM_RESIZE_H
#define WARREN_VM_RESIZE_H

#include <stddef.h>
#include <stdint.h>

/* Of a disk's node in QEMU's answer to query-named-block-nodes: its bytes. -1: EIO */
int resize_size_of(const char *text, size_t n, unsigned disk, uint64_t *size);

/* Are two lines of a disk the same but for size=? */
int resize_is_all(const char *before, const char *now);

#endif
