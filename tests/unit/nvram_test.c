/* vm/nvram: UEFI's variables, of which a hostile guest wrote each byte. */
#include <check.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/kit/request.h"
#include "tests/unit/nvram.h"
#include "tests/unit/suite.h"
#include "vm/nvram/enroll.h"
#include "vm/nvram/flash.h"
#include "vm/nvram/variables.h"

/* ---- variables ---- */

static uint8_t *flash;
static struct variables v;

static void begin(void)
{
	flash = nvram_flash();
	ck_assert_int_eq(variables_read(&v, flash, FLASH), 0);
}

static void end(void)
{
	variables_free(&v);
	free(flash);
}

static int set(const char *name, const char *bytes, size_t n)
{
	return variables_set(&v, name, (const uint8_t *)bytes, n);
}
#define SET(name, bytes) set(name, bytes, sizeof(bytes) - 1)

static void write_and_read(void)
{
	ck_assert_int_eq(variables_write(&v), 0);
	variables_free(&v);
	ck_assert_int_eq(variables_read(&v, flash, FLASH), 0);
}

static void expect(const char *name, const char *bytes)
{
	const struct variable *x = variables_find(&v, name);
	if (bytes == NULL) {
		ck_assert_ptr_null(x);
		return;
	}
	ck_assert_ptr_nonnull(x);
	ck_assert_uint_eq(x->data_size, strlen(bytes));
	ck_assert_mem_eq(x->data, bytes, x->data_size);
}

START_TEST(kept_as_written)
{
	ck_assert_int_eq(SET("A" GLOBAL, "\7\0\0\0one"), 0);
	ck_assert_int_eq(SET("A b!" GLOBAL, "\3\0\0\0two"), 0);
	write_and_read();
	ck_assert_uint_eq(v.n, 2);
	expect("A" GLOBAL, "one");
	expect("A b!" GLOBAL, "two");
	ck_assert_uint_eq(variable_attributes(variables_find(&v, "A b!" GLOBAL)), 3);
	ck_assert_int_eq(SET("A" GLOBAL, "\7\0\0\0longer"), 0);
	variables_remove(&v, "A b!" GLOBAL);
	variables_remove(&v, "none" GLOBAL);
	write_and_read();
	ck_assert_uint_eq(v.n, 1);
	expect("A" GLOBAL, "longer");
	expect("A b!" GLOBAL, NULL);
}
END_TEST

/* The first stays where a new one is not whole, or not there. */
START_TEST(states_of_a_change)
{
	static const struct {
		uint8_t old, new;
		const char *seen;
	} cases[] = {{0x3f, 0xff, "old"}, {0x3f, 0x7f, "old"}, {0x3e, 0x7f, "old"},
	    {0x3e, 0x3f, "new"}, {0x3c, 0x3f, "new"}, {0x3d, 0x3f, "new"}, {0x3c, 0x3c, NULL}};
	ck_assert_int_eq(SET("A" GLOBAL, "\7\0\0\0old"), 0);
	ck_assert_int_eq(SET("B" GLOBAL, "\7\0\0\0new"), 0);
	write_and_read();
	size_t second = FIRST_AT + 60 + 4 + 3 + 1;
	ck_assert_uint_eq(flash[second], 0xaa);
	flash[second + 60] = 'A';
	flash[FIRST_AT + 2] = cases[_i].old;
	flash[second + 2] = cases[_i].new;
	variables_free(&v);
	ck_assert_int_eq(variables_read(&v, flash, FLASH), 0);
	expect("A" GLOBAL, cases[_i].seen);
}
END_TEST

static const char *const bad_names[] = {"", "A", GLOBAL, "A" GLOBAL "x",
    "A-8BE4DF61-93ca-11d2-aa0d-00e098032b8c", "A-8be4df6193ca11d2aa0d00e098032b8c",
    "A-8be4df61-93ca-11d2-aa0d-00e098032b8", "A_8be4df61-93ca-11d2-aa0d-00e098032b8c",
    "\x1b" GLOBAL, "\xc3\xa4" GLOBAL,
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "A" GLOBAL};

START_TEST(names_that_are_none)
{
	ck_assert_int_eq(SET(bad_names[_i], "\7\0\0\0x"), -1);
	ck_assert_int_eq(err_code(), EINVAL);
	ck_assert_ptr_nonnull(strstr(err_text(), "give NAME-GUID"));
}
END_TEST

static const struct {
	const char *bytes;
	size_t n;
	const char *says;
} bad_values[] = {
    {"", 0, "in one write"},
    {"\7\0\0\0", 4, "in one write"},
    {"hello", 5, "attributes 0x6c6c6568"},
    {"\4\0\0\0x", 5, "attributes 0x4"},
    {"\x17\0\0\0x", 5, "attributes 0x17"},
    {"\x27\0\0\0TTTTTTTTTTTTTTTTWWWWWWWW\x9d\xd2\xaf\x4a\xdf\x68\xee\x49\x8a\xa9\x34\x7d\x37\x56"
     "\x65\xa7signed",
	50, "begins with a signature"},
};

START_TEST(values_that_are_none)
{
	ck_assert_int_eq(SET("A" GLOBAL, "\7\0\0\0old"), 0);
	ck_assert_int_eq(set("A" GLOBAL, bad_values[_i].bytes, bad_values[_i].n), -1);
	ck_assert_int_eq(err_code(), EINVAL);
	ck_assert_ptr_nonnull(strstr(err_text(), bad_values[_i].says));
	expect("A" GLOBAL, "old");
}
END_TEST

START_TEST(full)
{
	static char big[0x8000] = "\7";
	char name[] = "A" GLOBAL;
	ck_assert_int_eq(set(name, big, VARIABLE_MOST), -1);
	ck_assert_int_eq(err_code(), ERANGE);
	ck_assert_int_eq(set(name, big, sizeof(big)), 0);
	write_and_read();
	uint8_t *before = memcpy(xcalloc(1, FLASH), flash, FLASH);
	name[0] = 'B';
	ck_assert_int_eq(set(name, big, sizeof(big)), 0);
	ck_assert_int_eq(variables_write(&v), -1);
	ck_assert_int_eq(err_code(), ENOSPC);
	ck_assert_mem_eq(flash, before, FLASH);
	free(before);
}
END_TEST

/* The last variable says that it is larger than what is left. */
START_TEST(sizes_beyond_the_store)
{
	uint32_t huge[] = {UINT32_MAX, STORE_BYTES, UINT32_MAX - 60};
	ck_assert_int_eq(SET("A" GLOBAL, "\7\0\0\0one"), 0);
	ck_assert_int_eq(SET("B" GLOBAL, "\7\0\0\0two"), 0);
	write_and_read();
	memcpy(flash + FIRST_AT + 68 + 36 + (_i % 2) * 4, &huge[_i / 2], 4);
	variables_free(&v);
	ck_assert_int_eq(variables_read(&v, flash, FLASH), 0);
	ck_assert_uint_eq(v.n, 1);
	expect("A" GLOBAL, "one");
}
END_TEST

static const struct {
	size_t at;
	uint8_t byte;
	const char *says;
} bad_flash[] = {
    {40, 'x', "boot it, so that its firmware makes them"},
    {49, 0xff, "in a form that is not known"},
    {STORE_AT, 0, "in a form that is not known"},
    {STORE_AT + 18, 1, "in a form that is not known"},
    {STORE_AT + 20, 0xff, "in a form that is not known"},
};

START_TEST(flash_that_is_none)
{
	flash[bad_flash[_i].at] = bad_flash[_i].byte;
	ck_assert_int_eq(variables_read(&v, flash, FLASH), -1);
	ck_assert_int_eq(err_code(), EIO);
	ck_assert_ptr_nonnull(strstr(err_text(), bad_flash[_i].says));
	ck_assert_int_eq(variables_read(&v, flash, 100), -1);
}
END_TEST

/* Bits of the log: the header's, and those of its record. */
START_TEST(stopped_while_rewriting)
{
	static const struct {
		uint8_t header, record;
		int r;
	} cases[] = {{0xff, 0xff, 0}, {0xfe, 0xff, 0}, {0xfc, 0xff, 0}, {0xfc, 0xfd, -1},
	    {0xfc, 0xf9, 0}, {0xf8, 0xf9, 0}};
	static const uint8_t guid[] = "\x2b\x29\x58\x9e\x68\x7c\x7d\x49"
				      "\xa0\xce\x65\x00\xfd\x9f\x1b\x95";
	memcpy(flash + LOG_AT, guid, 16);
	flash[LOG_AT + 32] = cases[_i].header;
	memcpy(flash + LOG_AT + 32 + 24, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	flash[LOG_AT + 32 + 40] = cases[_i].record;
	ck_assert_int_eq(variables_read(&v, flash, FLASH), cases[_i].r);
	if (cases[_i].r < 0)
		ck_assert_ptr_nonnull(strstr(err_text(), "was stopped at that"));
}
END_TEST

/* ---- certificates ---- */

/* A list of one signature each: an owner, then the name as if it were a certificate. */
static void keys(const char *name, const char *const *certificates)
{
	static const uint8_t x509[] = "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a"
				      "\x87\xb5\xab\x15\x5c\x2b\xf0\x72";
	struct buf b = {0};
	buf_add(&b, "\x27\0\0\0", 4);
	for (; *certificates != NULL; certificates++) {
		uint32_t n = (uint32_t)(16 + strlen(*certificates));
		uint32_t sizes[] = {28 + n, 0, n};
		buf_add(&b, x509, 16);
		buf_add(&b, sizes, sizeof(sizes));
		buf_add(&b, "owner-of-16-byte", 16);
		buf_str(&b, *certificates);
	}
	ck_assert_int_eq(set(name, b.at, b.len), 0);
	write_and_read();
	buf_finish(&b);
}

static const char *const old[] = {"Microsoft UEFI CA 2011", NULL},
			 *const new[] = {"Microsoft UEFI CA 2011", "Microsoft UEFI CA 2023",
			     "Windows UEFI CA 2023", "Other", NULL},
			 *const kek[] = {"KEK CA 2011", NULL},
			 *const newkek[] = {"Microsoft Corporation KEK 2K CA 2023", NULL};

START_TEST(those_of_2023_are_added)
{
	struct enrolled e = {0};
	struct variables template;
	keys(DB, new);
	keys(KEK, newkek);
	uint8_t *other = flash;
	template = v;
	begin();
	keys(DB, old);
	keys(KEK, kek);
	ck_assert_int_eq(enroll(&v, &template, &e), 3);
	write_and_read();
	enrolled_free(&e);
	const struct variable *db = variables_find(&v, DB);
	ck_assert_uint_eq(variable_attributes(db), 0x27);
	ck_assert_uint_eq(db->data_size, 44 + 22 + 44 + 22 + 44 + 20);
	ck_assert_ptr_nonnull(memmem(db->data, db->data_size, "CA 2011", 7));
	ck_assert_ptr_null(memmem(db->data, db->data_size, "Other", 5));
	ck_assert_int_eq(enroll(&v, &template, &e), 0);
	enrolled_free(&e);
	variables_remove(&v, KEK);
	ck_assert_int_eq(enroll(&v, &template, &e), -1);
	ck_assert_ptr_nonnull(strstr(err_text(), "set secureboot to on"));
	enrolled_free(&e);
	ck_assert_int_eq(enroll(&template, &template, &e), 0);
	enrolled_free(&e);
	variables_free(&template);
	free(other);
}
END_TEST

START_TEST(a_template_without)
{
	struct enrolled e = {0};
	keys(DB, old);
	keys(KEK, kek);
	ck_assert_int_eq(enroll(&v, &v, &e), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(err_text(), "no certificates of 2023: install a newer one"));
	enrolled_free(&e);
}
END_TEST

/* ---- qcow2 ---- */

enum { CLUSTER = 1 << 16, CLUSTERS = 3 };

static void be_put(uint8_t *at, uint64_t n)
{
	n = htobe64(n);
	memcpy(at, &n, 8);
}

/* A header, one table in each of the next two clusters, then the clusters of a flash of one and a
 * half: the first is ones. */
static uint8_t *qcow2(void)
{
	uint8_t *file = xcalloc(1, (3 + CLUSTERS) * CLUSTER);
	memcpy(file, "QFI\xfb\0\0\0\3", 8);
	file[23] = 16;
	be_put(file + 24, CLUSTER + CLUSTER / 2);
	be_put(file + 40, CLUSTER);
	be_put(file + CLUSTER, UINT64_C(1) << 63 | 2 * CLUSTER);
	be_put(file + 2 * CLUSTER, UINT64_C(1) << 63 | 3 * CLUSTER);
	memset(file + 3 * CLUSTER, 1, CLUSTER);
	return file;
}

static int memory_file(const uint8_t *bytes, size_t n)
{
	int fd = memfd_create("flash", MFD_CLOEXEC);
	ck_assert_int_eq(fd_write_all(fd, bytes, n), 0);
	return fd;
}

START_TEST(pieces_of_a_flash)
{
	struct flash f;
	uint8_t *file = qcow2();
	cleanup_fd int fd = memory_file(file, (3 + CLUSTERS) * CLUSTER),
		       to = memfd_create("new", MFD_CLOEXEC);
	ck_assert_int_eq(flash_read(&f, fd, 0), 0);
	ck_assert_uint_eq(f.size, CLUSTER + CLUSTER / 2);
	ck_assert(f.bytes[0] == 1 && f.bytes[CLUSTER - 1] == 1 && f.bytes[CLUSTER] == 0);
	f.bytes[5] = 7;
	ck_assert_int_eq(flash_write(&f, to), 0);
	flash_free(&f);
	ck_assert_int_eq(flash_read(&f, to, 0), 0);
	ck_assert_int_eq(f.bytes[5], 7);
	f.bytes[CLUSTER] = 1; /* where no cluster is */
	ck_assert_int_eq(flash_write(&f, to), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	flash_free(&f);
	ck_assert_int_eq(flash_read(&f, fd, 1), 0);
	ck_assert_uint_eq(f.size, (3 + CLUSTERS) * CLUSTER);
	flash_free(&f);
	free(file);
}
END_TEST

static const struct {
	size_t at;
	uint64_t value;
} bad_qcow2[] = {
    {0, 0},
    {0, UINT64_C(0x514649fb00000004)}, /* version 4 */
    {8, 1}, /* a backing file */
    {16, 30}, /* clusters of 2^30 */
    {16, 8},
    {24, 0},
    {24, UINT64_MAX},
    {32, UINT64_C(1) << 32}, /* encrypted */
    {40, UINT64_MAX & ~UINT64_C(511)},
    {72, 4}, /* a data file */
    {CLUSTER, UINT64_C(0x00fffffffffffe00)},
    {2 * CLUSTER, UINT64_C(0x00fffffffffffe00)},
    {2 * CLUSTER, UINT64_C(1) << 62 | CLUSTER}, /* compressed */
    {2 * CLUSTER, (2 + CLUSTERS) * CLUSTER + 512},
};

START_TEST(files_that_are_damaged)
{
	struct flash f;
	uint8_t *file = qcow2();
	be_put(file + bad_qcow2[_i].at, bad_qcow2[_i].value);
	cleanup_fd int fd = memory_file(file, (3 + CLUSTERS) * CLUSTER);
	ck_assert_int_eq(flash_read(&f, fd, 0), -1);
	ck_assert_int_eq(err_code(), EIO);
	ck_assert_ptr_nonnull(strstr(err_text(), "is damaged: bring the VM's state back"));
	free(file);
}
END_TEST

START_TEST(a_snapshot_stays_as_it_is)
{
	struct flash f;
	uint8_t *file = qcow2();
	be_put(file + 2 * CLUSTER, 3 * CLUSTER);
	cleanup_fd int fd = memory_file(file, (3 + CLUSTERS) * CLUSTER);
	ck_assert_int_eq(flash_read(&f, fd, 0), 0);
	f.bytes[0] = 2;
	ck_assert_int_eq(flash_write(&f, fd), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	flash_free(&f);
	free(file);
}
END_TEST

/* ---- the helper's request ---- */

START_TEST(malformed_requests_are_refused)
{
	static const struct {
		struct helper_nvram q;
		bool fits;
	} cases[] = {
	    {{{HELPER_NVRAM_READ, 1}, 7, UEFI_SECURE, 1}, true},
	    {{{HELPER_NVRAM_WRITE, 1}, 7, UEFI_PLAIN, 0}, true},
	    {{{HELPER_NVRAM_READ, 1}, 0, UEFI_PLAIN, 0}, false},
	    {{{HELPER_NVRAM_READ, 1}, UINT64_C(1) << 40, UEFI_PLAIN, 0}, false},
	    {{{HELPER_NVRAM_READ, 1}, 7, UEFIS, 0}, false},
	    {{{HELPER_NVRAM_READ, 1}, 7, UEFI_PLAIN, 2}, false},
	    {{{HELPER_NVRAM_WRITE, 1}, 7, UEFI_PLAIN, 1}, false},
	};
	for (size_t i = 0; i < NELEM(cases); i++) {
		union request r = {.nvram = cases[i].q};
		ck_assert_int_eq(request_nvram(&r), cases[i].fits);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nvram");
	TCase *t = tcase_create("nvram");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, kept_as_written);
	tcase_add_loop_test(t, states_of_a_change, 0, 7);
	tcase_add_loop_test(t, names_that_are_none, 0, NELEM(bad_names));
	tcase_add_loop_test(t, values_that_are_none, 0, NELEM(bad_values));
	tcase_add_test(t, full);
	tcase_add_loop_test(t, sizes_beyond_the_store, 0, 6);
	tcase_add_loop_test(t, flash_that_is_none, 0, NELEM(bad_flash));
	tcase_add_loop_test(t, stopped_while_rewriting, 0, 6);
	tcase_add_test(t, those_of_2023_are_added);
	tcase_add_test(t, a_template_without);
	tcase_add_test(t, pieces_of_a_flash);
	tcase_add_loop_test(t, files_that_are_damaged, 0, NELEM(bad_qcow2));
	tcase_add_test(t, a_snapshot_stays_as_it_is);
	tcase_add_test(t, malformed_requests_are_refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
