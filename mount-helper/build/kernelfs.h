/* A zone's /proc and /sys, without the parts that tell of the host or reach it. */
#ifndef WARREN_MOUNT_HELPER_BUILD_KERNELFS_H
#define WARREN_MOUNT_HELPER_BUILD_KERNELFS_H

#include <stdint.h>

#include "protocol/helper.h"

/* Once, when the helper starts: which of those parts this kernel has. */
void kernelfs_probe(void);

#define KERNELFS_PING "0 65534" /* the groups of a zone with net_raw whose users may ping */

/* Mount them. In process 1, in its root, for a zone with these privileges; what its own sysctls
 * name is left as it is. */
int kernelfs_mount(uint64_t may, const struct helper_sysctl sysctls[SYSCTLS]);

/* After that, as the zone's root: bound the bytes of all segments of shared memory. They stay when
 * their maker has ended, and killing processes does not free them (shmget(2), SHMALL). */
int kernelfs_segments_bound(uint64_t bytes);

#endif
