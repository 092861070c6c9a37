#include "vm/ports.h"

#include <stdio.h>
#include <string.h>

#include "vm/hardware.h"
#include "vm/mounts.h"
#include "vm/os.h"

_Static_assert((int)VM_DISKS <= (int)PORT_EACH && (int)NICS <= (int)PORT_EACH &&
		   (int)VM_MOUNTS <= (int)PORT_EACH,
    "places of a class");

/* pc has 32 slots, of which those below the first of these are for what stays: 2 to 6 are QEMU's to
 * give to a display, a balloon, a watchdog, controllers of disks. */
static const struct {
	const char *name; /* of the device: its port on q35 is called so */
	unsigned slot; /* the first on pc */
	unsigned ports; /* the slot on q35 whose functions are its root ports; 0: it has none */
	unsigned places; /* at most PORT_EACH */
} classes[] = {
    [PORT_DISK] = {"disk", 8, 16, PORT_EACH},
    [PORT_NIC] = {"nic", 16, 17, PORT_EACH},
    [PORT_MOUNT] = {"mount", 24, 18, PORT_EACH},
    [PORT_USB] = {"usb", 7, 19, 1},
};

/* A root port carries PCI Express only. */
static bool is_express(const char *driver)
{
	return strcmp(driver, "e1000") != 0;
}

bool port_of(
    const struct vm *vm, enum port_class class, unsigned n, const char *driver, struct port *to)
{
	enum machine_places places = machine_get(vm->machine.n)->places;
	if (places == PLACES_SLOTS)
		*to = (struct port){.bus = "pci.0"};
	else if (places == PLACES_PORTS && classes[class].ports != 0 && is_express(driver))
		snprintf(to->bus, sizeof(to->bus), "port-%s%u", classes[class].name, n);
	else
		return false;
	snprintf(to->addr, sizeof(to->addr), "0x%x",
	    places == PLACES_SLOTS ? classes[class].slot + n : 0);
	return true;
}

/* The I/O space has room for 15 windows, and only Windows' driver of a NIC wants one: for the other
 * ports the firmware reserves none. (Linux gives each port one all the same, and tells of the last
 * that there is no room, which does no harm.) */
static void class_args(struct args *a, const struct vm *vm, enum port_class class)
{
	bool io = class == PORT_NIC && !os_has_virtio(vm);
	for (unsigned n = 0; n < classes[class].places; n++)
		args_opt(a, "-device",
		    "pcie-root-port,id=port-%s%u,bus=pcie.0,addr=0x%x.%u,chassis=%u%s%s",
		    classes[class].name, n, classes[class].ports, n, class * PORT_EACH + n + 1,
		    io ? "" : ",io-reserve=0", n == 0 ? ",multifunction=on" : "");
}

/* A guest that boots without mounts has memory that no virtiofsd could share, so that none can come
 * (hotmount.c). */
static bool has_ports(const struct vm *vm, enum port_class class)
{
	return classes[class].ports != 0 && (class != PORT_MOUNT || vm_mounts_count(vm) > 0);
}

void ports_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	if (machine_get(vm->machine.n)->places != PLACES_PORTS)
		return;
	for (unsigned class = 0; class < PORT_CLASSES; class ++)
		if (has_ports(vm, class))
			class_args(a, vm, class);
}
