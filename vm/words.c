#include "vm/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/kernelhead.h"
#include "base/list.h"
#include "base/word.h"
#include "vm/disk.h"
#include "vm/memdev.h"

enum { SHOWN = 200 };

/* By a part of QEMU's message: the file of the tree, and what is wrong. */
static const struct {
	const char *says;
	const char *file; /* NULL: the disk that the line names */
	const char *wrong;
} words[] = {
    {"Failed to get", NULL,
	"another disk of this VM, another VM or a process of the host's has it open: halt that, or "
	"give readonly=on to both"},
    {"in use by", NULL, "a device that qmp was given is in its place: halt the VM first"},
    {"invalid kernel header", "kernel", KERNEL_NONE},
    {"could not load kernel", "kernel", KERNEL_NONE},
    {"too old to load a ram disk", "kernel", KERNEL_NONE},
    {"Cannot load x86-64 image", "kernel", KERNEL_LONG},
    {"Error while loading elf kernel", "kernel", KERNEL_NONE},
    {"_addr address", "kernel", KERNEL_NONE}, /* in a multiboot header */
    {"Error loading uncompressed kernel", "kernel", KERNEL_NONE},
    {"initrd is too large", "initrd", "it is larger than what ram leaves for it: give more ram"},
    {"cannot set up guest memory '" MEMDEV, "ram.max",
	"the host has not so much memory: give less, or none"},
    {"phys-bits too low", "ram.max",
	"the guest's processor can't address so much: give less, or none"},
    {"cannot set up guest memory", "ram", "the host has not so much memory: give less"},
    {"jit buffer", "memory.max", "it leaves QEMU no room: give more, or none"},
    {"qemu_thread_create", "pids.max", "QEMU can't have all its threads: give more, or none"},
    {"uefi-", "firmware", "QEMU can't use its variables, log has its words: set it to bios"},
    {"tpm-emulator: TPM result", "tpm",
	"what it keeps is damaged, log has QEMU's words: bring the VM's state back, or set it to "
	"off"},
    {"tpm", "tpm", "swtpm does not serve it: see whether its package is whole, or set it to off"},
    {"unable to find CPU model", "cpu",
	"QEMU has no such model: give auto, or a model of QEMU's, such as Nehalem"},
    {"support requested features", "cpu",
	"this host lacks what the model has, log names it: give auto, or an older model"},
    {"CPU model 'host' requires", "cpu", "it needs KVM: give auto"},
    {"System Management Mode", "secureboot",
	"KVM here has no system management mode: set it to off, or accel to tcg"},
    {"Hyper", "os",
	"KVM here has not all that windows gets of Hyper-V's: set it to other, or accel to tcg"},
    {"vhost", "mounts",
	"virtiofsd does not serve it: see whether its package is whole, or take the line away"},
    {"KVM", "accel", "KVM can't be used: give auto or tcg"},
    {"CPUs supported by machine", "vcpus", "the machine takes fewer: give fewer"},
};

/* The number behind one of these words; VM_DISKS: there is none. */
static unsigned disk_in(const char *line)
{
	static const char *const before[] = {"drive=disk", "node-name\":\"disk",
	    "node-name\":\"file", "node-name\":\"base", "node-name\":\"base-file"};
	for (size_t i = 0; i < NELEM(before); i++) {
		const char *at = strstr(line, before[i]);
		unsigned n = at != NULL ? (unsigned)(at[strlen(before[i])] - '0') : VM_DISKS;
		if (n < VM_DISKS)
			return n;
	}
	return VM_DISKS;
}

/* What the file names, a path mostly. */
static const char *path_of(const struct vm *vm, const char *file)
{
	const struct disk *d;
	if (strcmp(file, "kernel") == 0)
		return vm->kernel.v.s;
	if (strcmp(file, "initrd") == 0)
		return vm->initrd.v.s;
	if (strcmp(file, "cpu") == 0)
		return vm->cpu.s;
	if (strncmp(file, "disk", 4) != 0 || (d = vm->disks[file[4] - '0'].v.p) == NULL)
		return NULL;
	return d->path[0] != '\0' ? d->path : d->image;
}

static void say(const struct vm *vm, struct err *e, const char *file, const char *wrong)
{
	char q[SHOWN];
	const char *path = path_of(vm, file);
	if (path != NULL)
		err_set(EIO, "%s: %s: %s", file, word_quote(path, q, sizeof(q)), wrong);
	else
		err_set(EIO, "%s: %s", file, wrong);
	err_copy(e);
}

static bool is_qemus(const char *line)
{
	return strncmp(line, "qemu", 4) == 0 && strchr(" :-", line[4]) != NULL;
}

void words_translate(const struct vm *vm, struct err *e)
{
	char disk[8] = "";
	unsigned n = disk_in(e->text);
	if (e->code == ETIMEDOUT && vm->tpm.n != 0) {
		err_set(e->code,
		    "tpm: %s, and may wait for swtpm: see whether its package is whole, or set it "
		    "to off",
		    e->text);
		err_copy(e);
		return;
	}
	if (!is_qemus(e->text))
		return;
	if (n < VM_DISKS)
		snprintf(disk, sizeof(disk), "disk%u", n);
	for (size_t i = 0; i < NELEM(words); i++) {
		const char *file = words[i].file != NULL ? words[i].file : disk;
		if (strstr(e->text, words[i].says) == NULL || file[0] == '\0')
			continue;
		say(vm, e, file, words[i].wrong);
		return;
	}
	if (disk[0] != '\0') {
		say(vm, e, disk, "QEMU can't use it, log has its words: give another");
		return;
	}
	err_set(EIO, "QEMU ended with an error: log has its words");
	err_copy(e);
}

int words_of_disk(const struct vm *vm, unsigned n, const char *says)
{
	char name[8], q[SHOWN];
	const char *wrong = "QEMU can't use it while the guest runs: give another, or halt the VM";
	for (size_t i = 0; i < NELEM(words); i++)
		if (words[i].file == NULL && strstr(says, words[i].says) != NULL)
			wrong = words[i].wrong;
	snprintf(name, sizeof(name), "disk%u", n);
	const char *path = path_of(vm, name);
	return err_set(EIO, "%s: %s", path != NULL ? word_quote(path, q, sizeof(q)) : name, wrong);
}
