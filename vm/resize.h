/* size= of a disk that runs. */
#ifndef WARREN_VM_RESIZE_H
#define WARREN_VM_RESIZE_H

#include <stdint.h>

#include "base/json.h"

/* Of a node in QEMU's answer to query-named-block-nodes: its bytes; or the number of the descriptor
 * set that its file is in. -1: EIO */
int resize_size_of(const json_t *returned, const char *node, uint64_t *size);
int resize_set_of(const json_t *returned, const char *node, unsigned *set);

/* Are two lines of a disk the same but for size=? */
int resize_is_all(const char *before, const char *now);

#endif
