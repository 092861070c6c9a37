/* A disk that can't be made leaves nothing, and one of qcow2 is what QEMU takes. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int ftruncate_swapping(int fd, off_t size);
static int openat_old(int dir, const char *path, int flags, mode_t mode);
#define ftruncate ftruncate_swapping
#define openat openat_old
#include "mount-helper/kit/diskmake.c"
#undef ftruncate
#undef openat

#include <check.h>

#include "base/diskhead.h"
#include "base/list.h"
#include "mount-helper/kit/hostfile.h"
#include "tests/unit/suite.h"

static char scratch[32];
static bool swapping, old; /* old: the file system has no files without a name */

static int ftruncate_swapping(int fd, off_t size)
{
	if (!swapping)
		return ftruncate(fd, size);
	if (rename("dir", "was") < 0 || symlink("other", "dir") < 0)
		abort();
	errno = EFBIG;
	return -1;
}

static int openat_old(int dir, const char *path, int flags, mode_t mode)
{
	if (!old || (flags & O_TMPFILE) != O_TMPFILE)
		return openat(dir, path, flags, mode);
	errno = EOPNOTSUPP;
	return -1;
}

static int disk_open(const char *name, enum disk_format format)
{
	static struct helper_file f;
	f = (struct helper_file){.use = USE_DISK_WRITE, .size = 4096};
	snprintf(f.path, sizeof(f.path), "%s/%s", scratch, name);
	return hostfile_open_disk(&f, format);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Raw and of qcow2, on file systems of both kinds */
START_TEST(a_disk_is_made)
{
	struct stat st;
	enum disk_format format = _i & 1;
	uint64_t size = 4096;
	old = _i > 1;
	int fd = disk_open("dir/new", format);
	ck_assert_msg(fd >= 0, "%s", err_text());
	ck_assert_int_eq(fstat(fd, &st), 0);
	if (format == DISK_RAW)
		ck_assert_int_eq(st.st_size, 4096);
	else
		ck_assert_int_eq(diskhead_qcow2(fd, &size), 0);
	ck_assert_uint_eq(size, 4096);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	ck_assert_uint_eq(st.st_nlink, 1);
	close(fd);
	ck_assert_int_eq(disk_open("nowhere/new", format), -1);
	ck_assert_int_eq(err_code(), ENOENT);
	ck_assert_int_eq(disk_open("dir/", format), -1);
	ck_assert_int_eq(unlink("dir/new"), 0);
}
END_TEST

START_TEST(what_took_its_place_stays)
{
	swapping = true;
	old = _i > 1;
	ck_assert_int_eq(disk_open("dir/disk", _i & 1), -1);
	ck_assert_int_eq(err_code(), EFBIG);
	ck_assert(!is_there("was/disk"));
	ck_assert(is_there("other/disk"));
}
END_TEST

/* qemu-img finds nothing wrong, from one sector to the most. */
static const uint64_t sizes[] = {512, 1 << 16, UINT64_C(1) << 29, (UINT64_C(1) << 29) + 512,
    UINT64_C(20) << 30, UINT64_C(1) << 42, (UINT64_C(1) << 42) + 512, UINT64_C(1) << 50};

START_TEST(qcow2_of_every_size)
{
	char command[160];
	uint64_t has;
	struct stat st;
	int fd = open("dir/new", O_RDWR | O_CREAT | O_EXCL, 0600);
	ck_assert_int_eq(diskmake_qcow2(fd, sizes[_i]), 0);
	ck_assert_int_eq(diskhead_qcow2(fd, &has), 0);
	ck_assert_uint_eq(has, sizes[_i]);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_le(st.st_blocks, 3 * 128); /* three clusters */
	close(fd);
	if (access("/usr/bin/qemu-img", X_OK) < 0)
		return;
	snprintf(command, sizeof(command),
	    "qemu-img check -q dir/new && qemu-img info dir/new | grep -qF '(%llu bytes)'",
	    (unsigned long long)sizes[_i]);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(a_full_disk_leaves_nothing)
{
	static const struct rlimit none = {4096, RLIM_INFINITY};
	old = _i == 1;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	ck_assert_int_eq(disk_open("dir/new", DISK_QCOW2), -1);
	ck_assert(!is_there("dir/new"));
}
END_TEST

static void directories_make(void)
{
	snprintf(scratch, sizeof(scratch), "/tmp/warren-diskmake.XXXXXX");
	if (mkdtemp(scratch) == NULL || chdir(scratch) < 0 || mkdir("dir", 0700) < 0 ||
	    mkdir("other", 0700) < 0 || mknod("other/disk", S_IFREG | 0600, 0) < 0)
		abort();
	swapping = old = false;
}

static void directories_remove(void)
{
	static const char *const left[] = {"other/disk", "was/disk", "dir/new", "dir/disk", "dir"};
	for (size_t i = 0; i < NELEM(left); i++)
		unlink(left[i]);
	rmdir("dir");
	rmdir("was");
	rmdir("other");
	if (chdir("/") == 0)
		rmdir(scratch);
}

int main(void)
{
	Suite *s = suite_create("diskmake");
	TCase *t = tcase_create("diskmake");
	tcase_add_checked_fixture(t, directories_make, directories_remove);
	tcase_add_loop_test(t, a_disk_is_made, 0, 4);
	tcase_add_loop_test(t, what_took_its_place_stays, 0, 4);
	tcase_add_loop_test(t, qcow2_of_every_size, 0, NELEM(sizes));
	tcase_add_loop_test(t, a_full_disk_leaves_nothing, 0, 2);
	suite_add_tcase(s, t);
	return suite_run(s);
}
