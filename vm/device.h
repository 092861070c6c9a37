/* A device as QEMU is told of it, at the boot and while it runs: a JSON object, the arguments of
 * QMP's device_add. */
#ifndef WARREN_VM_DEVICE_H
#define WARREN_VM_DEVICE_H

#include <jansson.h>

#include "vm/args.h"
#include "vm/bootorder.h"
#include "vm/ports.h"

/* driver: QEMU's word. id: by which it is taken away, and told in events. Returns the caller's. */
json_t *device_new(const char *driver, const char *id);

/* Set where the firmware looks for it among the devices of its class; nothing where it does not. */
void device_bootindex(json_t *device, const struct vm *vm, enum boot_class class, unsigned n);

/* Set its place on a controller's buses, counted over all of them. */
void device_unit(json_t *device, const struct disk_bus *bus, unsigned place);

/* Set its place on the PCI bus; nothing where it has none of its own. */
void device_place(json_t *device, const struct vm *vm, enum port_class class, unsigned n);

/* Add it to the command line, and free it. Its numbers and words are written as KEY=VALUE: QEMU 6.2
 * takes JSON behind -device, but then does not tell when the device is gone. */
void args_device(struct args *a, json_t *device);

#endif
