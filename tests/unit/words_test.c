/* vm/words: what QEMU says, in the words of the tree. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "fs/settings.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"
#include "vm/words.h"

#define KERNEL "kernel: /srv/k: it is no kernel: give a Linux kernel, or one for multiboot or PVH"
#define LOCKED                                                                                     \
	"another disk of this VM, another VM or a process of the host's has it open: halt that, "  \
	"or give readonly=on to both"
#define CAN_NOT "QEMU can't use it, log has its words: give another"

/* Lines of QEMU 7.2's, after word_quote. */
static const struct {
	const char *said, *sentence;
} lines[] = {
    {"qemu: invalid kernel header", KERNEL},
    {"qemu: could not load kernel '/kernel': No such file or directory", KERNEL},
    {"qemu: linux kernel too old to load a ram disk", KERNEL},
    {"qemu: Error while loading elf kernel", KERNEL},
    {"qemu: invalid load_end_addr address", KERNEL},
    {"qemu-system-x86_64: Cannot load x86-64 image, give a 32bit one.",
	"kernel: /srv/k: it is for multiboot and a 64-bit ELF file, which that does not load: make "
	"it a 32-bit one with objcopy -O elf32-i386"},
    {"qemu: initrd is too large, cannot support.(max: 66945023, need 209715200)",
	"initrd: /srv/i: it is larger than what ram leaves for it: give more ram"},
    {"qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
	"ram: the host has not so much memory: give less"},
    {"qemu-system-x86_64: cannot set up guest memory 'more-ram': Cannot allocate memory",
	"ram.max: the host has not so much memory: give less, or none"},
    {"qemu-system-x86_64: Address space limit 0xffffffffff < 0x307ffffffff phys-bits too low (40)",
	"ram.max: the guest's processor can't address so much: give less, or none"},
    {"qemu-system-x86_64: -accel tcg: allocate 1073741824 bytes for jit buffer: Cannot allocate "
     "memory",
	"memory.max: it leaves QEMU no room: give more, or none"},
    {"qemu: qemu_thread_create: Resource temporarily unavailable",
	"pids.max: QEMU can't have all its threads: give more, or none"},
    {"qemu-system-x86_64: CPU model 'host' requires KVM or HVF",
	"cpu: Haswell: it needs KVM: give auto"},
    {"qemu-system-x86_64: unable to find CPU model 'Haswell'",
	"cpu: Haswell: QEMU has no such model: give auto, or a model of QEMU's, such as Nehalem"},
    {"qemu-system-x86_64: TCG doesn't support requested features",
	"cpu: Haswell: this host lacks what the model has, log names it: give auto, or an older "
	"model"},
    {"qemu-system-x86_64: Could not access KVM kernel module: No such file or directory",
	"accel: KVM can't be used: give auto or tcg"},
    {"qemu-system-x86_64: Invalid SMP CPUs 400. The max CPUs supported by machine 'pc' is 255",
	"vcpus: the machine takes fewer: give fewer"},
    {"qemu-system-x86_64: -device virtio-blk-pci,drive=disk3: Failed to get \"write\" lock",
	"disk3: /srv/d: " LOCKED},
    {"qemu-system-x86_64: -blockdev {\"driver\":\"file\",\"node-name\":\"file3\"}: Failed to "
     "get \"write\" lock",
	"disk3: /srv/d: " LOCKED},
    {"qemu-system-x86_64: -blockdev {\"driver\":\"qcow2\",\"node-name\":\"disk3\"}: Image is "
     "corrupt",
	"disk3: /srv/d: " CAN_NOT},
    {"qemu-system-x86_64: -device nvme,drive=disk4: x", "disk4: base: " CAN_NOT},
    {"qemu-system-x86_64: -device nvme,drive=disk5: x", "disk5: " CAN_NOT},
    {"qemu-system-x86_64: -device nvme,drive=disk9: x",
	"QEMU ended with an error: log has its words"},
    {"qemu-system-x86_64: Failed to get \"write\" lock",
	"QEMU ended with an error: log has its words"},
    {"qemu-system-x86_64: tpm-emulator: TPM result for CMD_INIT: 0x101 operation failed",
	"tpm: what it keeps is damaged, log has QEMU's words: bring the VM's state back, or set it "
	"to off"},
    {"qemu-system-x86_64: tpm-emulator: Failed to send CMD_SET_DATAFD: Success",
	"tpm: swtpm does not serve it: see whether its package is whole, or set it to off"},
    {"qemu-system-x86_64: -blockdev {\"node-name\":\"uefi-variables\"}: Image is corrupt",
	"firmware: QEMU can't use its variables, log has its words: set it to bios"},
    {"qemu-system-x86_64: System Management Mode not supported by this hypervisor.",
	"secureboot: KVM here has no system management mode: set it to off, or accel to tcg"},
    {"qemu-system-x86_64: kernel doesn't allow setting HyperV VP_INDEX",
	"os: KVM here has not all that windows gets of Hyper-V's: set it to other, or accel to "
	"tcg"},
    {"qemu-system-x86_64: Hyper-V synthetic timers (hv-stimer) is not supported by kernel",
	"os: KVM here has not all that windows gets of Hyper-V's: set it to other, or accel to "
	"tcg"},
    {"qemu-system-x86_64: -chardev socket,id=qmp,fd=6: x",
	"QEMU ended with an error: log has its words"},
    {"QEMU was killed by signal 9", "QEMU was killed by signal 9"},
    {"", ""},
};

static const char settings[] =
    "warren-object 1\nkind vm\nset kernel /srv/k\nset initrd /srv/i\n"
    "set cpu Haswell\nset disk3 path=/srv/d\nset disk4 image=base\nend\n";

START_TEST(line_becomes_a_sentence)
{
	struct err e = {EIO, ""};
	house_open();
	char *text = xstrdup(settings);
	ck_assert_int_eq(settings_load(house.vm, text), 0);
	free(text);
	snprintf(e.text, sizeof(e.text), "%s", lines[_i].said);
	words_translate(vm_of(zone_of(house.vm)), &e);
	ck_assert_str_eq(e.text, lines[_i].sentence);
	ck_assert_int_eq(e.code, EIO);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");
	tcase_add_loop_test(t, line_becomes_a_sentence, 0, NELEM(lines));
	suite_add_tcase(s, t);
	return suite_run(s);
}
