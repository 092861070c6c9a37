/* mount-helper/build/elf: this program itself, and what no loader would take. */
#include <check.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/elf.h"
#include "tests/unit/suite.h"

static unsigned told, with_slash, libc;

static int tell(const char *name, void *arg)
{
	(void)arg;
	told++;
	with_slash += strchr(name, '/') != NULL;
	libc += strncmp(name, "libc.so.", 8) == 0;
	return 0;
}

static int refuse(const char *name, void *arg)
{
	(void)arg;
	return err_set(7, "%s", name);
}

static struct buf own; /* this program */

static void own_read(void)
{
	ck_assert_int_eq(fd_read_at(-1, "/proc/self/exe", &own), 0);
	ck_assert_uint_gt(own.len, 4096);
	told = libc = with_slash = 0;
}

static void own_free(void)
{
	buf_finish(&own);
}

static int read_memory(const void *bytes, size_t n)
{
	char loader[ELF_NAME];
	cleanup_fd int fd = memfd_create("elf", MFD_CLOEXEC);
	ck_assert_int_eq(fd_write_all(fd, bytes, n), 0);
	return elf_read(fd, loader, tell, NULL);
}

START_TEST(own_libraries)
{
	char loader[ELF_NAME];
	cleanup_fd int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(elf_read(fd, loader, tell, NULL), 0);
	ck_assert_msg(strstr(loader, "/ld-") != NULL, "%s", loader);
	ck_assert_uint_ge(told, 2);
	ck_assert_uint_eq(libc, 1);
	ck_assert_uint_eq(with_slash, 0);
	ck_assert_int_eq(elf_read(fd, loader, refuse, NULL), -1);
	ck_assert_int_eq(err_code(), 7);
}
END_TEST

/* Cut off anywhere before the names. */
START_TEST(cut_off)
{
	for (size_t n = 0; n < sizeof(ElfW(Ehdr)) + 5 * sizeof(ElfW(Phdr)); n++) {
		ck_assert_int_eq(read_memory(own.at, n), -1);
		ck_assert_int_eq(err_code(), EBADMSG);
	}
}
END_TEST

/* Each byte of the headers, the dynamic section and what is between, wrong in turn: an answer or a
 * refusal, and nothing is read that is not there. */
START_TEST(damaged)
{
	static const unsigned char wrong[] = {0x00, 0x01, 0x7f, 0xff};
	const ElfW(Ehdr) *head = (const void *)own.at;
	const ElfW(Phdr) *part = (const void *)(own.at + head->e_phoff);
	size_t begin = 0, end = head->e_phoff + head->e_phnum * sizeof(*part);
	for (int i = 0; _i == 1 && i < head->e_phnum; i++)
		if (part[i].p_type == PT_DYNAMIC) {
			begin = part[i].p_offset;
			end = begin + part[i].p_filesz;
		}
	cleanup_fd int fd = memfd_create("elf", MFD_CLOEXEC);
	ck_assert_int_eq(fd_write_all(fd, own.at, own.len), 0);
	for (size_t at = begin; at < end; at++)
		for (size_t w = 0; w < NELEM(wrong); w++) {
			char loader[ELF_NAME];
			ck_assert_int_eq(pwrite(fd, &wrong[w], 1, (off_t)at), 1);
			if (elf_read(fd, loader, tell, NULL) < 0)
				ck_assert_int_eq(err_code(), EBADMSG);
			ck_assert_int_eq(pwrite(fd, own.at + at, 1, (off_t)at), 1);
		}
}
END_TEST

START_TEST(no_program)
{
	static const char script[] = "#!/bin/sh\nexec qemu\n";
	ck_assert_int_eq(read_memory(script, sizeof(script)), -1);
	ck_assert_str_eq(err_text(), "it is no program of this machine's, or damaged");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf");
	TCase *t = tcase_create("elf");
	tcase_add_checked_fixture(t, own_read, own_free);
	tcase_add_test(t, own_libraries);
	tcase_add_test(t, cut_off);
	tcase_add_loop_test(t, damaged, 0, 2);
	tcase_add_test(t, no_program);
	suite_add_tcase(s, t);
	return suite_run(s);
}
