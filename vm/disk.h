/* Disks: what a line says, and where on the machine the disk is. */
#ifndef WARREN_VM_DISK_H
#define WARREN_VM_DISK_H

#include <limits.h>

#include "fs/keyed.h"
#include "vm/vm.h"

/* What the line of a disk says: bits of `given` and their fields. */
enum { DISK_PATH, DISK_IMAGE, DISK_FORMAT, DISK_BUS, DISK_READONLY, DISK_SIZE };
enum { FORMAT_RAW = DISK_RAW, FORMAT_QCOW2 = DISK_QCOW2 };

struct disk {
	unsigned given; /* fs/keyed.h */
	uint8_t format, bus, readonly;
	uint64_t size; /* 0: not given */
	char image[NAME_LEN + 1]; /* its name; "": a path */
	char path[PATH_MAX];
};

extern const char *const disk_formats[], *const disk_buses[]; /* as they are written */
extern const struct keyed disk_line;

/* Is there a place on the machine for each disk? r: the row being written, which the sentence need
 * not name. -1: EINVAL */
unsigned disk_bus(const struct vm *vm, const struct disk *d); /* a BUS_ */

int disks_fit(const struct vm *vm, const struct row *r);

/* Note which images the running VM has: one that it has not can be removed. */
void disks_images_settle(struct vm *vm);

bool disk_image(struct zone *z, unsigned i, char name[NAME_LEN + 1]); /* zone_kind::image */

#endif
