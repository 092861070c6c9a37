/* Devices of the host's as a VM's file devices names them. */
#ifndef WARREN_BASE_HOSTDEVICE_H
#define WARREN_BASE_HOSTDEVICE_H

#include <stdbool.h>
#include <stddef.h>

enum hostdevice_kind { HOSTDEVICE_USB, HOSTDEVICE_USB_PORT, HOSTDEVICE_PCI };

/* A bus of USB, and six hubs one behind the other (USB 2.0, 4.1.1): "999-255.255.255.255.255.255";
 * longer than any address of PCI. */
enum { HOSTDEVICE_AT = 32 };

struct hostdevice {
	enum hostdevice_kind kind;
	unsigned vendor, product; /* of HOSTDEVICE_USB */
	char at[HOSTDEVICE_AT]; /* as the kernel has it: BUS-PORT, or DOMAIN:BUS:SLOT.FUNCTION */
};

/* Parse usb=VENDOR:PRODUCT, usb=BUS-PORT or pci=ADDRESS. -1: EINVAL */
int hostdevice_parse(const char *word, struct hostdevice *d, const char *wanted);

bool hostdevice_same(const struct hostdevice *a, const struct hostdevice *b);

#endif
