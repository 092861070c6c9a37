/* A TPM 2.0 for the guest (QEMU's docs/specs/tpm): the helper starts swtpm, and QEMU has the other
 * end of its control channel. */
#include <errno.h>

#include "vm/hardware.h"

static const char *const off_on[] = {"off", "on", NULL};

int tpm_check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	(void)r;
	if (vm->tpm.n != 0 && !machine_get(vm->machine.n)->pci)
		return err_set(EINVAL, "a microvm has no place for a TPM: set tpm to off");
	return 0;
}

const struct row tpm_rows[] = {
    {203, "tpm", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "on or off: a TPM 2.0, with a state of its own",
	.kind = &kind_choice, .off = offsetof(struct vm, tpm), .words = off_on,
	.wanted = "give on or off", .check = tpm_check},
    {0},
};

/* The command-response buffer is what Windows 11 and Linux have drivers for by themselves. */
void tpm_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)vm;
	int fd = files_fd(files, USE_TPM);
	if (fd < 0)
		return;
	args_opt(a, "-chardev", "socket,id=tpm,fd=%d", fd);
	args_opt(a, "-tpmdev", "emulator,id=tpm,chardev=tpm");
	args_opt(a, "-device", "tpm-crb,tpmdev=tpm");
}
