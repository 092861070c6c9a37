/* Images of disks. A qcow2 file may name other files; then it is refused, as it is not complete. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diskhead.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "import/disk.h"
#include "import/input.h"
#include "import/report.h"

enum { SECTOR = 512, CHUNK = 1 << 20 };

/* How a disk begins, or a file system on a disk without partitions. */
static const struct {
	off_t at;
	const char *magic;
	size_t n;
} magics[] = {
    {510, "\x55\xaa", 2}, /* a boot sector, MBR, GPT, FAT, NTFS */
    {1080, "\x53\xef", 2}, /* ext2 and later */
    {0, "XFSB", 4},
    {0, "hsqs", 4}, /* squashfs */
    {1024, "\xe2\xe1\xf5\xe0", 4}, /* EROFS */
    {32769, "CD001", 5}, /* ISO 9660 */
    {65600, "_BHRfS_M", 8}, /* btrfs */
    {536, "LVM2 001", 8},
};

static bool bytes_match(int fd, off_t at, const char *bytes, size_t n)
{
	char there[16];
	return pread(fd, there, n, at) == (ssize_t)n && memcmp(there, bytes, n) == 0;
}

int disk_is_raw(int fd)
{
	for (size_t i = 0; i < NELEM(magics); i++)
		if (bytes_match(fd, magics[i].at, magics[i].magic, magics[i].n))
			return 1;
	return 0;
}

static int chunk_copy(int from, int to, char *room, off_t at, size_t n)
{
	ssize_t got = pread(from, room, n, at);
	if (got <= 0)
		return got < 0 ? err_sys("read the disk")
			       : err_set(EIO, "the disk became shorter as it was read");
	for (ssize_t done = 0; done < got;) {
		ssize_t put = pwrite(to, room + done, (size_t)(got - done), at + done);
		if (put < 0)
			return err_sys("write the disk");
		done += put;
	}
	report.bytes += (uint64_t)got;
	report_read((size_t)got);
	return (int)got;
}

/* Holes stay holes. */
static int data_copy(int from, int to, off_t size)
{
	char *room = xcalloc(1, CHUNK);
	int r = 0;
	off_t at = 0, hole = 0;
	while (r >= 0 && (at = lseek(from, hole, SEEK_DATA)) >= 0 && at < size) {
		report_read((size_t)(at - hole));
		hole = lseek(from, at, SEEK_HOLE);
		for (hole = hole < 0 ? size : hole; r >= 0 && at < hole; at += r) {
			off_t left = hole - at;
			r = chunk_copy(from, to, room, at, left < CHUNK ? (size_t)left : CHUNK);
		}
	}
	free(room);
	return r < 0 ? -1 : 0;
}

/* Check the header again in the copy: the source may change meanwhile. */
static int qcow2_copy(int from, int to, off_t size)
{
	if (diskhead_qcow2(from, &report.disk_size) < 0 || data_copy(from, to, size) < 0)
		return -1;
	return diskhead_qcow2(to, &report.disk_size);
}

static int raw_copy(int from, int to, off_t size)
{
	report.disk_size = (uint64_t)size;
	if (size % SECTOR != 0)
		return err_set(EINVAL,
		    "the disk has %lld bytes, no multiple of %d: give one that is whole",
		    (long long)size, SECTOR);
	return data_copy(from, to, size);
}

int disk_copy(int fd, enum disk_format format)
{
	off_t size = input_size(fd);
	if (size < 0)
		return -1;
	report.type = IMAGE_DISK;
	report.format = format;
	report.files = 1;
	report_total((uint64_t)size);
	cleanup_fd int to = open("disk", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0 || ftruncate(to, size) < 0)
		return err_sys("make the disk");
	return format == DISK_QCOW2 ? qcow2_copy(fd, to, size) : raw_copy(fd, to, size);
}
