/* The device by which a guest gets memory while it runs, and gives it back: virtio-mem (virtio 1.2,
 * 5.15), and what QEMU tells about it. All sizes are in bytes. */
#ifndef WARREN_VM_MEMDEV_H
#define WARREN_VM_MEMDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

#define MEMDEV "more" /* its id, there is one at most */

struct memdev {
	uint64_t base; /* the memory of the boot, which stays */
	uint64_t max; /* what the device has room for; 0: there is no device */
	uint64_t block; /* all its sizes are multiples of this */
	uint64_t requested; /* what the guest shall have of it */
	uint64_t plugged; /* what the guest has of it */
};

/* From QEMU's answers to query-memory-size-summary and query-memory-devices. -1: EIO, there are no
 * numbers in it, or they make no sense */
int memdev_read_base(struct memdev *m, const json_t *summary);
int memdev_read(struct memdev *m, const json_t *devices);

/* What the device shall give so that the guest has this many bytes in all: as near to it as it can
 * come by less. Where it has not so much room it stays as it is. */
uint64_t memdev_request(const struct memdev *m, uint64_t bytes);

/* Has the guest this much, but for what sizes are rounded by? */
bool memdev_gives(const struct memdev *m, uint64_t bytes);

#endif
