/* The places on the PCI bus of what comes and goes while the guest runs. Each device has a place of
 * its own, which is there from the boot on, with it or without. So a guest finds it where it was,
 * whatever else has come or gone. */
#ifndef WARREN_VM_PORTS_H
#define WARREN_VM_PORTS_H

#include <stdbool.h>

#include "vm/vm.h"

enum port_class { PORT_DISK, PORT_NIC, PORT_MOUNT, PORT_USB, PORT_CLASSES };
enum { PORT_EACH = 8 }; /* places of a class: the functions of a slot, which a q35 has them in */

/* The properties bus= and addr= of a device. */
struct port {
	char bus[16], addr[8];
};

/* The place of device n of this class; driver: QEMU's word for it. False: it has none, comes and
 * goes with a boot only, and QEMU finds a place */
bool port_of(
    const struct vm *vm, enum port_class class, unsigned n, const char *driver, struct port *to);

#endif
