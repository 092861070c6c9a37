/* A zone's /proc and /sys, without the parts that tell of the host or reach it. */
#ifndef WARREN_MOUNT_HELPER_BUILD_KERNELFS_H
#define WARREN_MOUNT_HELPER_BUILD_KERNELFS_H

#include <stdint.h>

/* Once, when the helper starts: which of those parts this kernel has. */
void kernelfs_probe(void);

/* In process 1, "/" being its root, for a zone with these privileges. */
int kernelfs_mount(uint64_t may);

/* Behind it, as the zone's root: all its segments of shared memory may have so many bytes. They
 * stay when who made them has ended, and no killer of processes gets them back (shmget(2), SHMALL).
 */
int kernelfs_segments_bound(uint64_t bytes);

#endif
