/* Devices of the host's that a guest gets: the file devices. Those of USB come and go while it runs
 * (usb.c), those of PCI with a boot. */
#ifndef WARREN_VM_DEVICES_H
#define WARREN_VM_DEVICES_H

#include "base/hostdevice.h"
#include "vm/files.h"

struct device_line {
	struct hostdevice is;
	char *text; /* in the text that was parsed */
	unsigned at; /* its place in the list */
};

/* Parse the text of the file in place. Returns how many, or -1: EINVAL, ERANGE */
int devices_parse(char *text, struct device_line lines[VM_DEVICES], const char *wanted);

/* The lines of the present setting. Returns how many, 0 where it is damaged; *text is the
 * caller's. */
int devices_lines(const struct vm *vm, char **text, struct device_line lines[VM_DEVICES]);

/* Has the machine a place for them? -1: EINVAL */
int devices_fit(const struct vm *vm);

/* Append those of PCI to the list. -1: the settings file is damaged */
int devices_list(struct vm *vm, struct vm_files *to);

/* Fill in what the helper opens for a line. to: zeroed */
void devices_file(const struct vm *vm, const struct device_line *l, struct helper_vm_file *to);

#endif
