/* mount-helper/build/virtiofsd: which of the two programs it is, as it says itself. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "mount-helper/build/virtiofsd.h"
#include "tests/unit/suite.h"

enum { MUCH = 100000 };

/* The lines are of the help of QEMU 7.2's, and of 1.13.3 in Rust. */
static const struct {
	int out; /* where it is printed */
	const char *first, *then;
	int padding; /* bytes between */
	int new;
} programs[] = {
    {1, "    -o source=PATH             shared directory tree\n", "", 0, 0},
    {1, "      --shared-dir <SHARED_DIR>\n          Shared directory path\n", "", 0, 1},
    {1, "--shared-", "dir", 0, 1},
    {1, "x", "--shared-dir", MUCH, 0},
    {2, "--shared-dir", "", 0, 0},
    {1, "", "", 0, 0},
};

/* This program in the place of virtiofsd. Its name ends in a number. */
static int fake(void)
{
	char name[64] = "";
	ssize_t n = readlink("/proc/self/exe", name, sizeof(name) - 1);
	int i = n > 0 ? name[n - 1] - '0' : 0;
	if (write(programs[i].out, programs[i].first, strlen(programs[i].first)) < 0)
		return 1;
	for (int left = programs[i].padding; left > 0; left--)
		if (write(programs[i].out, "x", 1) < 0)
			return 1;
	return write(programs[i].out, programs[i].then, strlen(programs[i].then)) < 0;
}

static char dir[] = "/tmp/virtiofsd-XXXXXX";

static int program_make(int i, char path[64])
{
	char command[128];
	snprintf(path, 64, "%s/%d", dir, i);
	snprintf(command, sizeof(command), "cp /proc/%d/exe %s", (int)getpid(), path);
	ck_assert_int_eq(system(command), 0);
	return open(path, O_RDONLY | O_CLOEXEC);
}

START_TEST(is_told_by_its_help)
{
	char path[64];
	ck_assert_ptr_nonnull(mkdtemp(dir));
	int program = program_make(_i, path), null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(virtiofsd_is_new(program, null), programs[_i].new);
	close(null);
	close(program);
	unlink(path);
	rmdir(dir);
	memcpy(strrchr(dir, '-'), "-XXXXXX", 8);
}
END_TEST

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fake();
	Suite *s = suite_create("virtiofsd");
	TCase *t = tcase_create("virtiofsd");
	tcase_add_loop_test(t, is_told_by_its_help, 0, NELEM(programs));
	suite_add_tcase(s, t);
	return suite_run(s);
}
