/* base/kernelhead: what QEMU would load as a kernel, by its first bytes. */
#include <check.h>
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/kernelhead.h"
#include "base/list.h"
#include "tests/unit/suite.h"

enum { LONG = EM_X86_64, SHORT = EM_386 };

/* `at` of the size bytes are these; an ELF file of this machine, if there is one. */
static const struct {
	size_t size, at;
	const char *bytes;
	size_t n;
	unsigned char machine;
	const char *refused; /* NULL: it is a kernel */
} files[] = {
    {0, 0, "", 0, 0, KERNEL_NONE},
    {16384, 0, "", 0, 0, KERNEL_NONE},
    {16384, 0x8001, "CD001", 5, 0, KERNEL_NONE},
    {16384, 0x1fe, "\x55\xaa", 2, 0, KERNEL_NONE}, /* a boot sector */
    {16384, 0x202, "HdrS", 4, 0, NULL},
    {2560, 0x202, "HdrS", 4, 0, NULL},
    {2559, 0x202, "HdrS", 4, 0, KERNEL_NONE}, /* its four sectors are not whole */
    {16384, 0x203, "HdrS", 4, 0, KERNEL_NONE},
    {64, 0, "", 0, LONG, NULL},
    {64, 0, "", 0, SHORT, NULL},
    {16384, 64, "\x02\xb0\xad\x1b\0\0\0\0\xfe\x4f\x52\xe4", 12, SHORT, NULL},
    {16384, 64, "\x02\xb0\xad\x1b\0\0\0\0\xfe\x4f\x52\xe4", 12, LONG, KERNEL_LONG},
    {16384, 64, "\x02\xb0\xad\x1b\0\0\x01\0\xfe\x4f\x51\xe4", 12, LONG, NULL}, /* addresses */
    {16384, 64, "\x02\xb0\xad\x1b\0\0\0\0\xfe\x4f\x52\xe4", 12, 0, NULL},
    {16384, 64, "\x02\xb0\xad\x1b\0\0\0\0\xff\x4f\x52\xe4", 12, 0, KERNEL_NONE},
    {16384, 66, "\x02\xb0\xad\x1b\0\0\0\0\xfe\x4f\x52\xe4", 12, 0, KERNEL_NONE},
    {16384, 8192, "\x02\xb0\xad\x1b\0\0\0\0\xfe\x4f\x52\xe4", 12, 0, KERNEL_NONE},
};

START_TEST(kernels_by_their_first_bytes)
{
	cleanup_fd int fd = memfd_create("kernel", MFD_CLOEXEC);
	const char head[] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, 1},
		   machine = (char)files[_i].machine;
	ck_assert_int_eq(
	    pwrite(fd, files[_i].bytes, files[_i].n, (off_t)files[_i].at), (ssize_t)files[_i].n);
	if (machine != 0) {
		ck_assert_int_eq(pwrite(fd, head, sizeof(head), 0), sizeof(head));
		ck_assert_int_eq(pwrite(fd, &machine, 1, offsetof(Elf64_Ehdr, e_machine)), 1);
	}
	ck_assert_int_eq(ftruncate(fd, (off_t)files[_i].size), 0);
	int r = kernelhead_check(fd);
#if defined(__x86_64__)
	ck_assert_int_eq(r, files[_i].refused != NULL ? -1 : 0);
	if (r < 0) {
		ck_assert_int_eq(err_code(), EINVAL);
		ck_assert_str_eq(err_text(), files[_i].refused);
	}
#else
	ck_assert_int_eq(r, 0);
#endif
}
END_TEST

/* The place of the header is any number. */
START_TEST(programs_of_uefi)
{
	static const struct {
		unsigned char at[4];
		int r;
	} places[] = {{{0x80, 0, 0, 0}, 0}, {{0, 0, 0, 0}, -1}, {{0xff, 0xff, 0xff, 0xff}, -1},
	    {{0xfe, 0x1f, 0, 0}, -1}};
	char bytes[8192] = "MZ";
	memcpy(bytes + 0x3c, places[_i].at, 4);
	memcpy(bytes + 0x80, "PE\0", 4);
	cleanup_fd int fd = memfd_create("kernel", MFD_CLOEXEC);
	ck_assert_int_eq(fd_write_all(fd, bytes, sizeof(bytes)), 0);
#if defined(__x86_64__)
	ck_assert_int_eq(kernelhead_check(fd), places[_i].r);
#endif
}
END_TEST

int main(void)
{
	Suite *s = suite_create("the head of a kernel");
	TCase *t = tcase_create("kernelhead");
	tcase_add_loop_test(t, kernels_by_their_first_bytes, 0, NELEM(files));
	tcase_add_loop_test(t, programs_of_uefi, 0, 4);
	suite_add_tcase(s, t);
	return suite_run(s);
}
