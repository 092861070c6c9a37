#include "base/diskwhole.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"
#include "base/word.h"

enum { SECTOR = 512 };

static int apart(void)
{
	return err_set(
	    EINVAL, "a part of it is in another file: make it whole with qemu-img convert");
}

static int bytes_get(int fd, uint64_t at, void *bytes, size_t n)
{
	if (at > INT64_MAX - n || pread(fd, bytes, n, (off_t)at) != (ssize_t)n)
		return err_set(EINVAL, "it is cut off within its header: copy it again");
	return 0;
}

static uint32_t le32_at(const unsigned char *bytes)
{
	uint32_t n;
	memcpy(&n, bytes, sizeof(n));
	return le32toh(n);
}

static uint64_t le64_at(const unsigned char *bytes)
{
	uint64_t n;
	memcpy(&n, bytes, sizeof(n));
	return le64toh(n);
}

/* ---- vmdk: VMware's Virtual Disk Format 5.0 ---- */

enum { VMDK_HEAD = 36, VMDK_CAPACITY = 12, VMDK_DESC = 28, VMDK_DESC_SIZE = 36 };
enum { DESC_MOST = 64 << 10 };

static bool starts(const char *line, const char *word)
{
	return strncasecmp(line, word, strlen(word)) == 0;
}

/* A line `RW SECTORS SPARSE "NAME"` is a file that holds a part of the disk. In a whole disk the
 * only one is this file itself, under whatever name it had. */
static int desc_check(char *text)
{
	unsigned extents = 0;
	for (char *line; (line = word_line(&text)) != NULL;) {
		line = word_trim(line);
		extents +=
		    starts(line, "RW ") || starts(line, "RDONLY ") || starts(line, "NOACCESS ");
		if (starts(line, "parentFileNameHint") ||
		    (starts(line, "parentCID") && strcasestr(line, "ffffffff") == NULL))
			return apart();
	}
	return extents == 1 ? 0 : apart();
}

static int vmdk_check(int fd)
{
	static char text[DESC_MOST + 1];
	unsigned char head[VMDK_DESC_SIZE + 8];
	if (bytes_get(fd, 0, head, sizeof(head)) < 0)
		return -1;
	uint64_t at = le64_at(head + VMDK_DESC), n = le64_at(head + VMDK_DESC_SIZE);
	/* no sectors: the data are elsewhere; no description: it is one part of several */
	if (memcmp(head, "KDMV", 4) != 0 || le64_at(head + VMDK_CAPACITY) == 0 || at == 0 || n == 0)
		return apart();
	if (n > DESC_MOST / SECTOR || at > UINT32_MAX)
		return err_set(EINVAL,
		    "its description is larger than %d bytes: make it anew with "
		    "qemu-img convert",
		    DESC_MOST);
	if (bytes_get(fd, at * SECTOR, text, n * SECTOR) < 0)
		return -1;
	text[n * SECTOR] = '\0';
	return desc_check(text);
}

/* ---- vdi: VirtualBox's VDICore.h ---- */

enum { VDI_TYPE = 76, VDI_DATA = 344, VDI_BLOCK = 376, VDI_EXTRA = 380, VDI_HELD = 388 };
enum { VDI_LINK = 424, VDI_UUIDS = 32, VDI_DYNAMIC = 1, VDI_FIXED = 2 };

static int vdi_check(int fd)
{
	static const unsigned char none[VDI_UUIDS];
	unsigned char head[VDI_LINK + VDI_UUIDS];
	if (bytes_get(fd, 0, head, sizeof(head)) < 0)
		return -1;
	uint32_t type = le32_at(head + VDI_TYPE);
	if ((type != VDI_DYNAMIC && type != VDI_FIXED) ||
	    memcmp(head + VDI_LINK, none, sizeof(none)) != 0)
		return apart();
	/* qemu-img would take blocks behind the end as zeros */
	uint64_t block = (uint64_t)le32_at(head + VDI_BLOCK) + le32_at(head + VDI_EXTRA);
	uint64_t end = (uint64_t)lseek(fd, 0, SEEK_END), held = le32_at(head + VDI_HELD);
	if (block > UINT32_MAX || le32_at(head + VDI_DATA) + block * held > end)
		return err_set(
		    EINVAL, "it is cut off: some of its blocks are not in it; copy it again");
	return 0;
}

/* ---- vpc: Microsoft's Virtual Hard Disk Image Format Specification ---- */

enum { VPC_TYPE = 60, VPC_FIXED = 2, VPC_DYNAMIC = 3 };

static bool vpc_footer(int fd, unsigned char footer[SECTOR])
{
	off_t end = lseek(fd, 0, SEEK_END);
	return end >= SECTOR && pread(fd, footer, SECTOR, end - SECTOR) == SECTOR &&
	       memcmp(footer, "conectix", 8) == 0;
}

bool diskwhole_is_fixed_vpc(int fd)
{
	unsigned char footer[SECTOR];
	return vpc_footer(fd, footer) && footer[VPC_TYPE + 3] == VPC_FIXED;
}

/* QEMU reads the copy at the begin, others the one at the end. */
static int vpc_check(int fd)
{
	unsigned char head[SECTOR];
	if (!vpc_footer(fd, head))
		return err_set(
		    EINVAL, "it is cut off: its last sector is not in it; copy it again");
	if (head[VPC_TYPE + 3] == VPC_FIXED)
		return 0;
	if (bytes_get(fd, 0, head, sizeof(head)) < 0)
		return -1;
	return le32_at(head + VPC_TYPE) == htobe32(VPC_DYNAMIC) ? 0 : apart();
}

/* ---- vhdx: Microsoft's [MS-VHDX] ---- */

enum { VHDX_REGIONS = 192 << 10, VHDX_TABLE = 64 << 10 };
enum { REGION_FIRST = 16, REGION_SIZE = 32, REGION_COUNT = 8, REGION_AT = 16 };
enum { META_FIRST = 32, META_SIZE = 32, META_COUNT = 10, META_AT = 16 };
enum { GUID = 16, HAS_PARENT = 2 };

/* The entry of this GUID in a table. NULL: none */
static const unsigned char *vhdx_find(const unsigned char *entry, unsigned n, const char *guid)
{
	for (; n > 0; n--, entry += META_SIZE)
		if (memcmp(entry, guid, GUID) == 0)
			return entry;
	return NULL;
}

static int vhdx_cut(void)
{
	return err_set(EINVAL, "its tables are not as vhdx has them: see qemu-img check");
}

static int vhdx_check(int fd)
{
	static unsigned char table[VHDX_TABLE];
	static const char metadata[] =
	    "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";
	static const char parameters[] =
	    "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b";
	const unsigned most = VHDX_TABLE / META_SIZE - 1;
	unsigned char flags[8];
	/* of the two copies that one which QEMU reads */
	if (bytes_get(fd, VHDX_REGIONS, table, sizeof(table)) < 0)
		return -1;
	unsigned n = le32_at(table + REGION_COUNT);
	const unsigned char *e = vhdx_find(table + REGION_FIRST, n < most ? n : most, metadata);
	if (memcmp(table, "regi", 4) != 0 || e == NULL)
		return vhdx_cut();
	uint64_t at = le64_at(e + REGION_AT);
	if (bytes_get(fd, at, table, sizeof(table)) < 0)
		return -1;
	n = table[META_COUNT] + 256U * table[META_COUNT + 1];
	e = vhdx_find(table + META_FIRST, n < most ? n : most, parameters);
	if (memcmp(table, "metadata", 8) != 0 || e == NULL)
		return vhdx_cut();
	if (bytes_get(fd, at + le32_at(e + META_AT), flags, sizeof(flags)) < 0)
		return -1;
	return (flags[4] & HAS_PARENT) == 0 ? 0 : apart();
}

static const struct {
	const char *format;
	int (*check)(int fd);
} formats[] = {{"vmdk", vmdk_check}, {"vdi", vdi_check}, {"vpc", vpc_check}, {"vhdx", vhdx_check}};

bool diskwhole_knows(const char *format)
{
	for (size_t i = 0; i < NELEM(formats); i++)
		if (strcmp(formats[i].format, format) == 0)
			return true;
	return false;
}

int diskwhole_check(int fd, const char *format)
{
	for (size_t i = 0; i < NELEM(formats); i++)
		if (strcmp(formats[i].format, format) == 0)
			return formats[i].check(fd);
	return err_set(EINVAL,
	    "it is a disk of format %s: make it one of qcow2 with qemu-img convert", format);
}
