/* Images of disks. A qcow2 file may name other files; then it is refused, as it is not complete. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diskhead.h"
#include "base/diskwhole.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "import/convert.h"
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

bool disk_is(int fd)
{
	for (size_t i = 0; i < NELEM(magics); i++)
		if (bytes_match(fd, magics[i].at, magics[i].magic, magics[i].n))
			return true;
	return diskwhole_is_fixed_vpc(fd);
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
	if (r < 0)
		return -1;
	report_read(hole < size ? (size_t)(size - hole) : 0); /* the hole at the end */
	return 0;
}

/* Copy it to a new file. Gives that file, or -1. */
static int file_copy(int from, const char *name)
{
	off_t size = input_size(from);
	if (size < 0)
		return -1;
	int to = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0 || ftruncate(to, size) < 0)
		err_sys("make the disk");
	else if (data_copy(from, to, size) == 0)
		return to;
	fd_close(&to);
	return -1;
}

static void disk_report(enum disk_format format)
{
	report.type = IMAGE_DISK;
	report.format = format;
	report.files = 1;
}

/* ---- what QEMU reads as it is ---- */

/* Check the header again in the copy: the source may change meanwhile. */
static int qcow2_take(int from)
{
	if (diskhead_qcow2(from, &report.disk_size) < 0)
		return -1;
	cleanup_fd int to = file_copy(from, CONVERT_TO);
	return to < 0 ? -1 : diskhead_qcow2(to, &report.disk_size);
}

static int raw_take(int from, off_t size)
{
	report.disk_size = (uint64_t)size;
	if (size % SECTOR != 0)
		return err_set(EINVAL,
		    "the disk has %lld bytes, no multiple of %d: give one that is whole",
		    (long long)size, SECTOR);
	cleanup_fd int to = file_copy(from, CONVERT_TO);
	return to < 0 ? -1 : 0;
}

/* ---- what qemu-img converts ---- */

static int source_remove(void)
{
	return unlink(CONVERT_FROM) < 0 ? err_sys("remove the disk as it came") : 0;
}

static int source_convert(int source, const char *format, uint64_t bytes)
{
	if (diskwhole_check(source, format) < 0 || convert(format, bytes) < 0)
		return -1;
	cleanup_fd int to = open(CONVERT_TO, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0 || fchmod(to, 0600) < 0)
		return err_sys("find the disk that was converted");
	if (source_remove() < 0)
		return -1;
	return diskhead_qcow2(to, &report.disk_size);
}

/* From a copy, as the source may change meanwhile, and lies where qemu-img finds nothing. */
static int foreign_take(int from, const char *format, off_t size)
{
	if (diskwhole_check(from, format) < 0)
		return -1;
	report_total((uint64_t)size);
	cleanup_fd int copy = file_copy(from, CONVERT_FROM);
	return copy < 0 ? -1 : source_convert(copy, format, (uint64_t)size);
}

static const char *foreign_format(int fd)
{
	const char *format = diskhead_format(fd);
	return format == NULL && diskwhole_is_fixed_vpc(fd) ? "vpc" : format;
}

int disk_take(int fd)
{
	off_t size = input_size(fd);
	const char *format = size < 0 ? NULL : foreign_format(fd);
	disk_report(format != NULL ? DISK_QCOW2 : DISK_RAW);
	if (size < 0)
		return -1;
	report_total((uint64_t)size);
	if (format == NULL)
		return raw_take(fd, size);
	return strcmp(format, "qcow2") == 0 ? qcow2_take(fd) : foreign_take(fd, format, size);
}

int disk_take_source(int source)
{
	off_t size = input_size(source);
	const char *format = size < 0 ? NULL : foreign_format(source);
	if (format != NULL && diskwhole_knows(format)) {
		disk_report(DISK_QCOW2);
		return source_convert(source, format, (uint64_t)size);
	}
	return disk_take(source) < 0 ? -1 : source_remove();
}
