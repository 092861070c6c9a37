/* base/diskhead: headers of disks, of which a hostile guest wrote each byte. */
#include <check.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diskhead.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "tests/unit/suite.h"

enum { FILE_SIZE = 256 << 10 };

static int memory_disk(const void *bytes, size_t n, size_t size)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);
	ck_assert_int_eq(fd_write_all(fd, bytes, n), 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static const struct {
	size_t at;
	const char *magic, *name;
} formats[] = {
    {0, "QFI\xfb", "qcow2"},
    {0, "KDMV", "vmdk"},
    {0, "COWD", "vmdk"},
    {0, "# Disk DescriptorFile", "vmdk"},
    {64, "\x7f\x10\xda\xbe", "vdi"},
    {0, "conectix", "vpc"},
    {0, "vhdxfile", "vhdx"},
    {0, "QED", "qed"},
    {0, "QFI", NULL},
    {1, "QFI\xfb", NULL},
    {0, "", NULL},
};

START_TEST(format_by_magic)
{
	char bytes[128] = "";
	memcpy(bytes + formats[_i].at, formats[_i].magic, strlen(formats[_i].magic));
	cleanup_fd int fd = memory_disk(bytes, sizeof(bytes), 4096);
	const char *name = diskhead_format(fd);
	if (formats[_i].name == NULL)
		ck_assert_ptr_null(name);
	else
		ck_assert_str_eq(name, formats[_i].name);
}
END_TEST

/* As qemu-img makes one of 1 MiB, each number in its place; big endian. */
enum { FORM = 4, BACKING = 8, CLUSTERS = 20, SIZE = 24, CRYPT = 32, L1_N = 36, L1 = 40 };
enum { COUNTS = 48, COUNT_CLUSTERS = 56, SNAPSHOTS = 60, INCOMPATIBLE = 72, HEAD = 80 };

static void put32(char *head, size_t at, uint32_t n)
{
	n = htobe32(n);
	memcpy(head + at, &n, sizeof(n));
}

static void put64(char *head, size_t at, uint64_t n)
{
	n = htobe64(n);
	memcpy(head + at, &n, sizeof(n));
}

static void make_head(char head[HEAD])
{
	memset(head, 0, HEAD);
	memcpy(head, "QFI\xfb", 4);
	put32(head, FORM, 3);
	put32(head, CLUSTERS, 16);
	put64(head, SIZE, 1 << 20);
	put32(head, L1_N, 1);
	put64(head, L1, 0x30000);
	put64(head, COUNTS, 0x10000);
	put32(head, COUNT_CLUSTERS, 1);
}

#define LARGE "its tables are larger than QEMU takes them: make it anew with qemu-img convert"
#define CUT "it is cut off: its tables are not in it; copy it again, or see qemu-img check"
#define APART "a part of it is in another file: make it whole with qemu-img convert"

static const struct {
	size_t at, bytes;
	uint64_t value;
	const char *why; /* NULL: it is fine */
} heads[] = {
    {FORM, 4, 3, NULL},
    {FORM, 4, 2, NULL},
    {FORM, 4, 1, "it is of version 1 of qcow2: give 2 or 3"},
    {FORM, 4, 4, "it is of version 4 of qcow2: give 2 or 3"},
    {BACKING, 8, 1, APART},
    {INCOMPATIBLE, 8, 4, APART},
    {INCOMPATIBLE, 8, 1, NULL}, /* dirty */
    {CRYPT, 4, 2, "it is encrypted: decrypt it with qemu-img convert"},
    {CLUSTERS, 4, 8, "it has clusters of 2^8 bytes: give 2^9 to 2^21"},
    {CLUSTERS, 4, 22, "it has clusters of 2^22 bytes: give 2^9 to 2^21"},
    {CLUSTERS, 4, UINT32_MAX, "it has clusters of 2^4294967295 bytes: give 2^9 to 2^21"},
    {SIZE, 8, 0, "it says that the disk has 0 bytes: give 1 to 1024T"},
    {SIZE, 8, UINT64_C(1) << 50, NULL},
    {SIZE, 8, (UINT64_C(1) << 50) + 1,
	"it says that the disk has 1125899906842625 bytes: give 1 to 1024T"},
    {L1_N, 4, (FILE_SIZE - 0x30000) / 8, NULL},
    {L1_N, 4, (FILE_SIZE - 0x30000) / 8 + 1, CUT},
    {L1_N, 4, (32 << 20) / 8 + 1, LARGE},
    {L1, 8, UINT64_MAX, CUT},
    {L1, 8, FILE_SIZE - 8, NULL},
    {COUNTS, 8, UINT64_MAX - 7, CUT},
    {COUNT_CLUSTERS, 4, 129, LARGE},
    {COUNT_CLUSTERS, 4, UINT32_MAX, LARGE},
    {SNAPSHOTS, 4, 65537, LARGE},
};

START_TEST(qcow2_is_whole_or_not)
{
	char head[HEAD];
	uint64_t size = 0;
	make_head(head);
	(heads[_i].bytes == 4) ? put32(head, heads[_i].at, (uint32_t)heads[_i].value)
			       : put64(head, heads[_i].at, heads[_i].value);
	cleanup_fd int fd = memory_disk(head, sizeof(head), FILE_SIZE);
	int r = diskhead_qcow2(fd, &size);
	ck_assert_msg(r == (heads[_i].why == NULL ? 0 : -1), "%d: %s", _i, err_text());
	if (r < 0)
		ck_assert_str_eq(err_text(), heads[_i].why);
	else
		ck_assert_uint_eq(size, heads[_i].at == SIZE ? heads[_i].value : 1 << 20);
}
END_TEST

START_TEST(short_header)
{
	char head[HEAD];
	uint64_t size;
	make_head(head);
	for (size_t n = 4; n < HEAD; n++) {
		cleanup_fd int fd = memory_disk(head, n, n);
		ck_assert_int_eq(diskhead_qcow2(fd, &size), -1);
		ck_assert_str_eq(err_text(), "it is cut off within the header of qcow2");
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("diskhead");
	TCase *t = tcase_create("diskhead");
	tcase_add_loop_test(t, format_by_magic, 0, NELEM(formats));
	tcase_add_loop_test(t, qcow2_is_whole_or_not, 0, NELEM(heads));
	tcase_add_test(t, short_header);
	suite_add_tcase(s, t);
	return suite_run(s);
}
