/* A disk that can't be made is removed where it was begun, even if its directory is moved
 * meanwhile. */
#include <unistd.h>

static int ftruncate_swapping(int fd, off_t size);
#define ftruncate ftruncate_swapping
#include "mount-helper/kit/hostfile.c"
#undef ftruncate

#include <check.h>

#include "base/list.h"
#include "tests/unit/suite.h"

static char scratch[32];
static bool swapping;

static int ftruncate_swapping(int fd, off_t size)
{
	if (!swapping)
		return ftruncate(fd, size);
	if (rename("dir", "was") < 0 || symlink("other", "dir") < 0)
		abort();
	errno = EFBIG;
	return -1;
}

static int disk_open(const char *name)
{
	static struct helper_file f;
	f = (struct helper_file){.use = USE_DISK_WRITE, .size = 4096};
	snprintf(f.path, sizeof(f.path), "%s/%s", scratch, name);
	return hostfile_open(&f);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

START_TEST(a_disk_is_made)
{
	struct stat st;
	int fd = disk_open("dir/new");
	ck_assert_msg(fd >= 0, "%s", err_text());
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 4096);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	close(fd);
	ck_assert_int_eq(disk_open("nowhere/new"), -1);
	ck_assert_int_eq(err_code(), ENOENT);
	ck_assert_int_eq(disk_open("dir/"), -1);
	ck_assert_int_eq(unlink("dir/new"), 0);
}
END_TEST

START_TEST(what_took_its_place_stays)
{
	swapping = true;
	ck_assert_int_eq(disk_open("dir/disk"), -1);
	ck_assert_int_eq(err_code(), EFBIG);
	ck_assert(!is_there("was/disk"));
	ck_assert(is_there("other/disk"));
}
END_TEST

static void directories_make(void)
{
	snprintf(scratch, sizeof(scratch), "/tmp/warren-hostfile.XXXXXX");
	if (mkdtemp(scratch) == NULL || chdir(scratch) < 0 || mkdir("dir", 0700) < 0 ||
	    mkdir("other", 0700) < 0 || mknod("other/disk", S_IFREG | 0600, 0) < 0)
		abort();
	swapping = false;
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
	Suite *s = suite_create("hostfile");
	TCase *t = tcase_create("hostfile");
	tcase_add_checked_fixture(t, directories_make, directories_remove);
	tcase_add_test(t, a_disk_is_made);
	tcase_add_test(t, what_took_its_place_stays);
	suite_add_tcase(s, t);
	return suite_run(s);
}
