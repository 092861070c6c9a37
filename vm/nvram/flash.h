/* The flash in which UEFI keeps its variables, as it lies on disk: a qcow2 file (QEMU's
 * docs/interop/qcow2.txt) of some 600 KiB, held in memory. Its guest may have taken over QEMU, so
 * that no byte of it is believed. */
#ifndef WARREN_VM_NVRAM_FLASH_H
#define WARREN_VM_NVRAM_FLASH_H

#include <stddef.h>
#include <stdint.h>

struct flash {
	uint8_t *file; /* owned: the whole qcow2 file; NULL: it was a raw one */
	size_t file_size;
	uint8_t *bytes; /* owned: what the guest has in it */
	size_t size;
};

/* Read it from a plain file of at most HELPER_NVRAM_MOST bytes. raw: the bytes alone, as the
 * firmware's package has them. -1: EIO, it is damaged or of another form; *f is empty */
int flash_read(struct flash *f, int fd, int raw);

/* Put f->bytes back where they were in the file, and write all of that to fd. -1: EOPNOTSUPP, they
 * don't lie there alone, as in a snapshot; or the error of the write */
int flash_write(struct flash *f, int fd);

void flash_free(struct flash *f); /* harmless twice */

#endif
