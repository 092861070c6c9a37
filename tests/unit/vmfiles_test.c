/* mount-helper/build/vmfiles: the helper checks the list of what QEMU is given, whoever wrote it */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "mount-helper/build/vmfiles.h"
#include "tests/unit/helper.h"
#include "tests/unit/sealing.h"
#include "tests/unit/suite.h"

static void use(struct helper_vm_file *f)
{
	f->file.use = USE_IMPORT;
}
static void open_path(struct helper_vm_file *f)
{
	memset(f->file.path, 'x', sizeof(f->file.path));
}
static void groups(struct helper_vm_file *f)
{
	f->file.author.ngroups = AUTHOR_GROUPS + 1;
}
static void disk_8(struct helper_vm_file *f)
{
	f->disk = VM_DISKS;
}
static void kernel_1(struct helper_vm_file *f)
{
	f->file.use = USE_KERNEL; /* that of disk 1 */
}
static void kernel_image(struct helper_vm_file *f)
{
	*f = (struct helper_vm_file){.file = {.use = USE_KERNEL, .size = 512}, .image = ID};
}
static void image_and_path(struct helper_vm_file *f)
{
	f->image = ID;
	f->file.size = 512;
}
static void image_no_size(struct helper_vm_file *f)
{
	f->image = ID;
	f->file.path[0] = '\0';
}
static void format(struct helper_vm_file *f)
{
	f->format = DISK_FORMATS;
}

static void uefi_path(struct helper_vm_file *f)
{
	*f = (struct helper_vm_file){.file = {.use = USE_UEFI, .path = "/etc/shadow"}};
}
static void uefi_other(struct helper_vm_file *f)
{
	*f = (struct helper_vm_file){.file = {.use = USE_UEFI}, .format = UEFIS};
}

static void cdrom_2(struct helper_vm_file *f)
{
	f->file.use = USE_CDROM;
	f->disk = VM_CDROMS;
}

static void (*const spoilers[])(struct helper_vm_file *) = {use, open_path, groups, disk_8,
    kernel_1, kernel_image, image_and_path, image_no_size, format, uefi_path, uefi_other, cdrom_2};

static int list_file(const struct helper *h, struct helper_vm_file *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].file.author.ngroups <= AUTHOR_GROUPS)
			ck_assert_int_eq(seal_make(h, ID, &list[i].file, &list[i].seal), 0);
	return memory_file(list, n * sizeof(*list));
}

START_TEST(damaged_lists_are_refused)
{
	static const struct helper_vm_file fine = {
	    .file = {.use = USE_DISK_WRITE, .path = "/x"}, .disk = 1};
	struct helper h = sealing_helper();
	struct helper_vm_file *two = xcalloc(2, sizeof(*two)), *list;
	for (size_t i = 0; i < NELEM(spoilers); i++) {
		two[0] = fine;
		spoilers[i](&two[0]);
		cleanup_fd int fd = list_file(&h, two, 1);
		ck_assert_msg(vmfiles_read(&h, ID, fd, 1, &list) < 0, "%zu", i);
		ck_assert_int_eq(err_code(), EBADMSG);
	}
	two[0] = two[1] = fine;
	cleanup_fd int twice = list_file(&h, two, 2);
	ck_assert_int_lt(vmfiles_read(&h, ID, twice, 2, &list), 0);
	ck_assert_int_eq(err_code(), EBADMSG);
	two[1].disk = 7;
	cleanup_fd int fd = list_file(&h, two, 2);
	ck_assert_int_lt(vmfiles_read(&h, ID, fd, 3, &list), 0);
	ck_assert_int_eq(vmfiles_read(&h, ID, fd, 2, &list), 0);
	ck_assert_uint_eq(list[1].disk, 7);
	free(list);
	ck_assert_int_lt(vmfiles_read(&h, ID + 1, fd, 2, &list), 0);
	ck_assert_int_eq(err_code(), EPERM);
	ck_assert_ptr_nonnull(strstr(err_text(), "disk1: nobody was seen to write /x"));
	free(two);
	sealing_end(&h);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("a VM's files");
	TCase *t = tcase_create("list");
	tcase_add_test(t, damaged_lists_are_refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
