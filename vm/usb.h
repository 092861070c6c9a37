/* Devices of the host's USB, given to the guest and taken away while it runs. QEMU gets each as a
 * descriptor, opened by the helper, and sees nothing else of the host's USB.
 *
 * What there is to do is found by comparing three lists, each time anew: the lines of devices, what
 * is plugged in (sysfs), and what QEMU has. Of the last it is asked itself: the id of a device of
 * QEMU's says which one it is. So a daemon that dies leaves nothing half done, and a device that is
 * unplugged and plugged in again is no special case.
 *
 * usb.c goes from what QEMU has to what is wanted; usblists.c has the three lists. */
#ifndef WARREN_VM_USB_H
#define WARREN_VM_USB_H

#include "base/json.h"
#include "base/list.h"
#include "vm/devices.h"

#define USB_CONTROLLER "usb" /* QEMU's name of what USB devices are plugged into */

/* One of the host's, in QEMU or on its way. */
struct given {
	unsigned code; /* VM_USB; 0: none */
	char line[HOSTDEVICE_AT + 8]; /* as in devices */
};

/* A device that was just plugged in may have its rights, by udev, or its driver only a little
 * later: it is tried so often, a second apart. */
enum { USB_TRIES = 4 };

struct usb {
	struct list link; /* of all VMs' */
	struct vm *vm;
	struct given has[VM_DEVICES]; /* as QEMU said last */
	int n;
	bool controller; /* it has one to plug them into */
	bool portless; /* nor has QEMU a place for one */
	bool looked; /* since this daemon runs */
	bool due; /* the lines were written; their change does not wait for us yet */
	bool waiting; /* it does, for a pass that begins when the one under way has ended */
	bool asked; /* a pass is under way, */
	bool forced; /* for which a change waits, */
	bool undone; /* one that goes back to what was before */
	unsigned steps; /* that the pass may take yet */
	struct given now; /* what its step is about */
	unsigned giving; /* the code of what QEMU is being given, or 0: no other VM gets it */
	unsigned refused[USB_TRIES * VM_DEVICES]; /* codes, one each time that the helper or QEMU
						   * refused the device */
	struct source *timer; /* owned: until the next look, or NULL */
};

/* row::apply of devices. Whoever writes a line again wants it tried again. */
int usb_apply(struct obj *o, const struct row *r);

/* ---- usblists.c ---- */

extern struct list usb_all; /* struct usb */

/* QEMU's id for a device: usb.BUS.NUMBER.LINE */
enum { USB_ID = 64 };
void usb_id(const struct given *g, char id[USB_ID]);

/* Look at what is plugged in; the others tell what was seen last. */
void usb_look_around(void);
bool usb_plugged(unsigned code);

/* Note what QEMU has, from its answer to qom-list of /machine/peripheral. An ask_look. */
int usb_look_at(void *usb, const json_t *returned);
bool usb_has_line(const struct usb *u, const char *line);

/* The lines of USB. The text is the caller's. */
int usb_lines(const struct usb *u, char **text, struct device_line lines[VM_DEVICES]);
bool usb_is_wanted(const struct usb *u, const char *line);
bool usb_is_refused(const struct usb *u, unsigned code);

/* What a line means now: a code, or 0. *taken: another VM has one that would do; or NULL */
unsigned usb_choose(const struct hostdevice *line, const struct usb **taken);

/* Is there something to give, or to take away because it was unplugged? */
bool usb_is_due(const struct usb *u);

#endif
