#include "base/diskhead.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"

/* Each of these formats can name other files. */
static const struct {
	off_t at;
	const char *magic;
	size_t n;
	const char *name;
} magics[] = {
    {0, "QFI\xfb", 4, "qcow2"},
    {0, "KDMV", 4, "vmdk"},
    {0, "COWD", 4, "vmdk"},
    {0, "# Disk Descripto", 16, "vmdk"},
    {64, "\x7f\x10\xda\xbe", 4, "vdi"},
    {0, "conectix", 8, "vpc"},
    {0, "vhdxfile", 8, "vhdx"},
    {0, "QED", 4, "qed"},
};

static bool bytes_match(int fd, off_t at, const char *bytes, size_t n)
{
	char there[16];
	return pread(fd, there, n, at) == (ssize_t)n && memcmp(there, bytes, n) == 0;
}

const char *diskhead_format(int fd)
{
	for (size_t i = 0; i < NELEM(magics); i++)
		if (bytes_match(fd, magics[i].at, magics[i].magic, magics[i].n))
			return magics[i].name;
	return NULL;
}

/* The start of the header (QEMU's docs/interop/qcow2.txt); big endian. */
struct qcow2 {
	uint32_t magic, version;
	uint64_t backing;
	uint32_t backing_size, cluster_bits;
	uint64_t size;
	uint32_t crypt, l1_size;
	uint64_t l1, refcounts;
	uint32_t refcount_clusters, nsnapshots;
	uint64_t snapshots;
	uint64_t incompatible; /* from version 3 on */
};

/* The bounds are those of QEMU's block/qcow2.h. */
enum {
	EXTERNAL_DATA = 1 << 2,
	BITS_LEAST = 9,
	BITS_MOST = 21,
	L1_MOST = (32 << 20) / 8, /* entries */
	REFCOUNTS_MOST = 8 << 20, /* bytes */
	SNAPSHOTS_MOST = 65536
};

static bool is_within(uint64_t at, uint64_t n, uint64_t end)
{
	return at <= end && n <= end - at;
}

/* Check the tables. An empty disk of a few clusters has them, too. */
static int tables_check(int fd, const struct qcow2 *h)
{
	uint32_t bits = be32toh(h->cluster_bits);
	if (bits < BITS_LEAST || bits > BITS_MOST)
		return err_set(EINVAL, "it has clusters of 2^%u bytes: give 2^9 to 2^21", bits);
	uint64_t l1 = be32toh(h->l1_size), counts = be32toh(h->refcount_clusters);
	counts <<= bits;
	if (l1 > L1_MOST || counts > REFCOUNTS_MOST || be32toh(h->nsnapshots) > SNAPSHOTS_MOST)
		return err_set(EINVAL,
		    "its tables are larger than QEMU takes them: make it anew with qemu-img "
		    "convert");
	off_t end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		return err_sys("look at the end of a disk");
	if (!is_within(be64toh(h->l1), l1 * 8, (uint64_t)end) ||
	    !is_within(be64toh(h->refcounts), counts, (uint64_t)end))
		return err_set(EINVAL,
		    "it is cut off: its tables are not in it; copy it again, or see qemu-img "
		    "check");
	return 0;
}

int diskhead_qcow2(int fd, uint64_t *size)
{
	struct qcow2 h = {0};
	if (pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
		return err_set(EINVAL, "it is cut off within the header of qcow2");
	uint32_t version = be32toh(h.version);
	if (version != 2 && version != 3)
		return err_set(EINVAL, "it is of version %u of qcow2: give 2 or 3", version);
	if (h.backing != 0 || (version == 3 && (be64toh(h.incompatible) & EXTERNAL_DATA) != 0))
		return err_set(
		    EINVAL, "a part of it is in another file: make it whole with qemu-img convert");
	if (h.crypt != 0)
		return err_set(EINVAL, "it is encrypted: decrypt it with qemu-img convert");
	*size = be64toh(h.size);
	if (*size == 0 || *size > UINT64_C(1) << 50)
		return err_set(EINVAL, "it says that the disk has %llu bytes: give 1 to 1024T",
		    (unsigned long long)*size);
	return tables_check(fd, &h);
}
