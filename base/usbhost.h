/* The USB devices that are plugged in at the host, as /sys/bus/usb/devices has them (the kernel's
 * sysfs-bus-usb). */
#ifndef WARREN_BASE_USBHOST_H
#define WARREN_BASE_USBHOST_H

#include "base/hostdevice.h"

#define USBHOST "/sys/bus/usb/devices"

struct usbhost {
	unsigned bus, number; /* as lsusb has them; another one gets another number */
	unsigned vendor, product;
	bool hub;
	char at[HOSTDEVICE_AT]; /* BUS-PORT; of a bus's own hub usbN */
};

/* Call each(u, arg) for every one below dir, until it returns something else than 0. Returns that;
 * 0: also where there is no USB. */
int usbhost_each(const char *dir, int (*each)(const struct usbhost *u, void *arg), void *arg);

/* Is it what a line means? */
bool usbhost_is(const struct usbhost *u, const struct hostdevice *d);

#endif
