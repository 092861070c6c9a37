/* v1.c's part for disks: the blkio controller. See struct group_face. */
#ifndef WARREN_RCTL_V1_IO_H
#define WARREN_RCTL_V1_IO_H

#include "rctl/group.h"

int v1_has_io(int weight);
int v1_io_weight(const char *group, uint64_t weight);
int v1_io_max(const char *group, const char *device, const uint64_t most[GROUP_IO_KEYS]);
int v1_io_stat(const char *group, struct buf *b);

#endif
