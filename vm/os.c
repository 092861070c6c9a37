/* Windows comes with drivers for AHCI (storahci.sys), Intel's 82574L (e1i65x64.sys), a USB tablet
 * and the clock of a PC in local time, and uses Hyper-V's interfaces if it finds them. Any other
 * system of the last twenty years knows the 82540EM, and AHCI or, on pc, IDE. */
#include "vm/os.h"

#include <errno.h>
#include <time.h>

#include "vm/hardware.h"

enum { OS_LINUX, OS_WINDOWS, OS_OTHER };

static const char *const systems[] = {"linux", "windows", "other", NULL};

/* Those that QEMU's docs/system/i386/hyperv recommends and KVM has since Linux 4.20. hv-crash tells
 * of a blue screen as pvpanic does of a panic. */
#define HYPERV                                                                                     \
	",hv-relaxed,hv-vapic,hv-spinlocks=0x1fff,hv-vpindex,hv-runtime,hv-crash,hv-time,"         \
	"hv-synic,hv-stimer,hv-tlbflush,hv-ipi,hv-frequencies"

int os_check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	(void)r;
	if (vm->os.n != OS_LINUX && !machine_get(vm->machine.n)->pci)
		return err_set(EINVAL, "only Linux has drivers for a microvm: set os to linux, or "
				       "another machine");
	return 0;
}

const char *os_nic(const struct vm *vm)
{
	static const char *const nics[] = {[OS_WINDOWS] = "e1000e", [OS_OTHER] = "e1000"};
	return vm->os.n == OS_LINUX ? machine_get(vm->machine.n)->nic : nics[vm->os.n];
}

unsigned os_bus(const struct vm *vm)
{
	if (vm->os.n == OS_LINUX)
		return BUS_VIRTIO;
	return vm->os.n == OS_OTHER && vm->machine.n == MACHINE_PC ? BUS_IDE : BUS_SATA;
}

const char *os_cpu(const struct vm *vm)
{
	return vm->os.n == OS_WINDOWS && vm->accel_used == ACCEL_KVM ? HYPERV : "";
}

bool os_has_virtio(const struct vm *vm)
{
	return vm->os.n == OS_LINUX;
}

bool os_panics(const struct vm *vm)
{
	return vm->os.n == OS_LINUX;
}

const struct row os_rows[] = {
    {205, "os", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"linux, windows or other: has devices that such a guest has drivers for",
	.kind = &kind_choice, .off = offsetof(struct vm, os), .words = systems,
	.wanted = "give linux, windows or other", .check = os_check},
    {0},
};

/* QEMU's own word for local time asks for a file of the host's, which it does not see. */
void os_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	char text[32];
	time_t now = time(NULL);
	struct tm local;
	(void)files;
	if (vm->os.n != OS_WINDOWS || localtime_r(&now, &local) == NULL)
		return;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
	args_opt(a, "-rtc", "base=%s", text);
}
