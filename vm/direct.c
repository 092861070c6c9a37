/* Direct boot: a kernel of the host's, without firmware. The helper puts a copy into QEMU's
 * root. */
#include <errno.h>
#include <string.h>

#include "fs/change.h"
#include "vm/firmware.h"
#include "vm/hardware.h"

static int one_path(const char *path, enum helper_use use, struct helper_proof *to)
{
	if (path == NULL)
		return 0;
	to->file.use = use;
	memccpy(to->file.path, path, '\0', sizeof(to->file.path) - 1);
	return 1;
}

static int kernel_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	return one_path(row_value(o, r)->s, USE_KERNEL, to);
}

static int initrd_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	return one_path(row_value(o, r)->s, USE_INITRD, to);
}

/* Without a kernel QEMU would heed neither, and nobody be told. */
static int direct_check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	bool initrd = vm->initrd.v.s != NULL, append = vm->append.s != NULL;
	const char *one = initrd ? "initrd" : "append";
	if (vm->kernel.v.s != NULL)
		return firmware_check(o, r);
	if (!initrd && !append)
		return 0;
	return err_set(EINVAL, "%s is of no use without a kernel: set kernel, or %s to none", one,
	    initrd && append ? "initrd and append" : one);
}

#define FIELD(field) .off = offsetof(struct vm, field)

const struct row direct_rows[] = {
    {132, "kernel", 0644, ROW_NEXT_BOOT | ROW_OWNERS | ROW_AUTHOR,
	"a kernel on the host to boot; none: the firmware", .kind = &kind_path, FIELD(kernel),
	.wanted = "give a path that begins with /, or none", .check = direct_check,
	.paths = kernel_paths, .example = "/boot/vmlinuz"},
    {133, "initrd", 0644, ROW_NEXT_BOOT | ROW_OWNERS | ROW_AUTHOR, "its initial RAM disk, or none",
	.kind = &kind_path, FIELD(initrd), .wanted = "give a path that begins with /, or none",
	.check = direct_check, .paths = initrd_paths},
    {134, "append", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "its kernel's command line, or none",
	.kind = &kind_line, FIELD(append), .max = 2047,
	.wanted = "give one line of at most 2047 bytes, or none", .check = direct_check,
	.example = "console=ttyS0 root=/dev/vda1"},
    {0},
};

void direct_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	if (vm->kernel.v.s == NULL)
		return;
	args_opt(a, "-kernel", "/kernel");
	if (vm->initrd.v.s != NULL)
		args_opt(a, "-initrd", "/initrd");
	if (vm->append.s != NULL)
		args_opt(a, "-append", "%s", vm->append.s);
}
