#include "vm/bootorder.h"

#include <string.h>

#include "vm/hardware.h"

enum { EACH = 8 }; /* devices of a class, at most */
_Static_assert((int)VM_DISKS <= (int)EACH && (int)NICS <= (int)EACH, "devices of a class");

static const char *const orders[] = {"disk cdrom", "disk", "cdrom", "net", "cdrom disk", "disk net",
    "net disk", "cdrom net", "net cdrom", "disk cdrom net", "disk net cdrom", "cdrom disk net",
    "cdrom net disk", "net disk cdrom", "net cdrom disk", NULL};
static const char *const classes[] = {
    [BOOT_DISK] = "disk", [BOOT_CDROM] = "cdrom", [BOOT_NET] = "net"};

const struct row boot_rows[] = {
    {147, "boot", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"where the firmware looks for a system: disk, cdrom and net, in their order",
	.kind = &kind_choice, .off = offsetof(struct vm, order), .words = orders,
	.wanted = "give some of disk, cdrom and net, each once, with one blank between",
	.example = "cdrom disk"},
    {0},
};

bool bootorder_has(const struct vm *vm, enum boot_class class)
{
	return strstr(orders[vm->order.n], classes[class]) != NULL;
}

/* 0 is the kernel's of a direct boot. */
unsigned bootorder_index(const struct vm *vm, enum boot_class class, unsigned n)
{
	const char *order = orders[vm->order.n], *at = strstr(order, classes[class]);
	unsigned before = 0;
	if (at == NULL)
		return 0;
	for (; order < at; order++)
		before += *order == ' ';
	return 1 + before * EACH + n;
}

/* A microvm's firmware boots a kernel only. */
void boot_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	if (machine_get(vm->machine.n)->pci)
		args_opt(a, "-boot", "strict=on");
}
