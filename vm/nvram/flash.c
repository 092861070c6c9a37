#include "vm/nvram/flash.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "protocol/helper.h"

/* OVMF's is 528 KiB at most. The bits are those of the qcow2 format. */
enum { FLASH_MOST = 2 << 20, BITS_LEAST = 9, BITS_MOST = 21, HEADER = 104, DIRTY = 1 };
#define PLACE UINT64_C(0x00fffffffffffe00)
#define ALONE (UINT64_C(1) << 63)
#define COMPRESSED (UINT64_C(1) << 62)
#define ZEROS UINT64_C(1)

/* A piece of the flash, of one cluster of the file. */
struct piece {
	uint8_t *at; /* in the file; NULL: zeros */
	bool alone; /* nothing else has it, such as a snapshot */
};

static int damaged(void)
{
	return err_set(EIO, "the file of its variables is damaged: bring the VM's state back");
}

static bool is_inside(const struct flash *f, uint64_t at, uint64_t n)
{
	return at <= f->file_size && n <= f->file_size - at;
}

static uint32_t be32_at(const struct flash *f, size_t at)
{
	uint32_t n;
	memcpy(&n, f->file + at, sizeof(n));
	return be32toh(n);
}

static uint64_t be64_at(const struct flash *f, size_t at)
{
	uint64_t n;
	memcpy(&n, f->file + at, sizeof(n));
	return be64toh(n);
}

static unsigned bits(const struct flash *f)
{
	return be32_at(f, 20);
}

/* Entry i of a table in the file. -1: it is outside */
static int entry_read(const struct flash *f, uint64_t table, uint64_t i, uint64_t *entry)
{
	if (!is_inside(f, table, (i + 1) * sizeof(*entry)))
		return damaged();
	*entry = be64_at(f, (size_t)(table + i * sizeof(*entry)));
	return 0;
}

/* Find the piece at this offset of the flash, the first of a cluster, of n bytes. */
static int piece_find(const struct flash *f, uint64_t off, size_t n, struct piece *p)
{
	uint64_t cluster = off >> bits(f), table = (UINT64_C(1) << bits(f)) / 8, entry = 0;
	*p = (struct piece){0};
	if (entry_read(f, be64_at(f, 40), cluster / table, &entry) < 0)
		return -1;
	if ((entry & PLACE) == 0)
		return 0;
	if (entry_read(f, entry & PLACE, cluster % table, &entry) < 0)
		return -1;
	if ((entry & COMPRESSED) != 0)
		return damaged(); /* QEMU never wrote that */
	if ((entry & PLACE) == 0 || (entry & ZEROS) != 0)
		return 0;
	if (!is_inside(f, entry & PLACE, n))
		return damaged();
	*p = (struct piece){f->file + (entry & PLACE), (entry & ALONE) != 0};
	return 0;
}

/* For each cluster of the flash: the bytes of the piece, from the file or to it. */
static int pieces_each(
    struct flash *f, int (*copy)(const struct piece *p, uint8_t *bytes, size_t n))
{
	size_t whole = (size_t)1 << bits(f);
	for (size_t off = 0; off < f->size; off += whole) {
		size_t n = f->size - off < whole ? f->size - off : whole;
		struct piece p;
		if (piece_find(f, off, n, &p) < 0 || copy(&p, f->bytes + off, n) < 0)
			return -1;
	}
	return 0;
}

static int copy_from(const struct piece *p, uint8_t *bytes, size_t n)
{
	if (p->at != NULL)
		memcpy(bytes, p->at, n);
	return 0;
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
}

static int copy_to(const struct piece *p, uint8_t *bytes, size_t n)
{
	bool same = p->at != NULL ? memcmp(p->at, bytes, n) == 0 : is_zero(bytes, n);
	if (!same && (p->at == NULL || !p->alone))
		return err_set(EOPNOTSUPP,
		    "a part of its variables is a snapshot's, too: change them from inside");
	if (!same)
		memcpy(p->at, bytes, n);
	return 0;
}

/* Check the header, and take the size of the flash from it. */
static int header_read(struct flash *f)
{
	if (f->file_size < HEADER || memcmp(f->file, "QFI\xfb", 4) != 0 || bits(f) < BITS_LEAST ||
	    bits(f) > BITS_MOST)
		return damaged();
	uint32_t version = be32_at(f, 4), encrypted = be32_at(f, 32);
	uint64_t backing = be64_at(f, 8), size = be64_at(f, 24), features = be64_at(f, 72);
	if ((version != 2 && version != 3) || backing != 0 || encrypted != 0 ||
	    (version == 3 && (features & ~(uint64_t)DIRTY) != 0) || size == 0 || size > FLASH_MOST)
		return damaged();
	f->size = (size_t)size;
	return 0;
}

static int file_read(struct flash *f, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > HELPER_NVRAM_MOST)
		return damaged();
	f->file_size = (size_t)st.st_size;
	f->file = xcalloc(1, f->file_size);
	return pread(fd, f->file, f->file_size, 0) == st.st_size ? 0 : damaged();
}

int flash_read(struct flash *f, int fd, int raw)
{
	*f = (struct flash){0};
	int r = file_read(f, fd);
	if (r == 0 && raw) {
		f->bytes = f->file;
		f->size = f->file_size;
		f->file = NULL;
	} else if (r == 0 && (r = header_read(f)) == 0) {
		f->bytes = xcalloc(1, f->size);
		r = pieces_each(f, copy_from);
	}
	if (r < 0)
		flash_free(f);
	return r;
}

int flash_write(struct flash *f, int fd)
{
	if (pieces_each(f, copy_to) < 0)
		return -1;
	return fd_write_all(fd, f->file, f->file_size) < 0 ? err_sys("keep its variables") : 0;
}

void flash_free(struct flash *f)
{
	free(f->file);
	free(f->bytes);
	*f = (struct flash){0};
}
