/* A TPM 2.0 for the guest (QEMU's docs/specs/tpm): the helper starts swtpm, and QEMU has the other
 * end of its control channel. */
#include <errno.h>
#include <string.h>

#include "fs/error.h"
#include "host/event.h"
#include "vm/hardware.h"
#include "zone/parts.h"

static const char *const off_on[] = {"off", "on", NULL};

int tpm_check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	(void)r;
	if (vm->tpm.n != 0 && !machine_get(vm->machine.n)->pci)
		return err_set(
		    EINVAL, "a microvm has no place for a TPM: set tpm to off, or another machine");
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

/* ---- the end of swtpm ---- */

/* QEMU goes on without it, and the guest's commands fail. */
bool tpm_told(struct vm *vm, uint64_t unserved)
{
	bool lost = (unserved >> SERVER_TPM & 1) != 0;
	if (!lost || vm->tpm_lost)
		return false;
	vm->tpm_lost = true;
	event_emit(&vm->z.l.obj, vm->z.kind->dir, "tpm_lost", "");
	err_set(EIO, "its swtpm has ended: its guest has it again after a halt and boot");
	error_note(&vm->z.l.obj, "tpm");
	return true;
}

/* ---- as a part of its VM ---- */

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	vm_of(z)->tpm_lost = false;
	return 0;
}

static void save(const struct zone *z, struct buf *b)
{
	if (zone_runs(z) && vm_of((struct zone *)(uintptr_t)z)->tpm_lost)
		buf_str(b, "tpm-lost yes\n");
}

static int load(struct zone *z, const char *key, char *value)
{
	if (strcmp(key, "tpm-lost") != 0)
		return 1;
	vm_of(z)->tpm_lost = strcmp(value, "yes") == 0;
	return 0;
}

static void status(struct zone *z, struct buf *b)
{
	buf_printf(b, "tpm_lost %s\n", zone_is_up(z) && vm_of(z)->tpm_lost ? "yes" : "-");
}

const struct zone_part tpm_part = {.begin = begin, .save = save, .load = load, .status = status};
