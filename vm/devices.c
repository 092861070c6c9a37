#include "vm/devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "vm/hardware.h"
#include "vm/usb.h"

/* ---- lines ---- */

int devices_parse(char *text, struct device_line lines[VM_DEVICES], const char *wanted)
{
	int n = 0;
	for (char *one; (one = word_line(&text)) != NULL; n++) {
		if (n == VM_DEVICES)
			return err_set(ERANGE, "more than %d lines: %s", VM_DEVICES, wanted);
		lines[n].text = word_trim(one);
		lines[n].at = (unsigned)n;
		if (hostdevice_parse(lines[n].text, &lines[n].is, wanted) < 0)
			return -1;
		for (int i = 0; i < n; i++)
			if (hostdevice_same(&lines[i].is, &lines[n].is))
				return err_set(EINVAL,
				    "%s is there twice: give a second one of its kind by its bus "
				    "and port, as in usb=1-2.4",
				    lines[n].text);
	}
	return n;
}

static int lines_of(const struct vm *vm, char **text, struct device_line *lines, const char *wanted)
{
	*text = xstrdup(vm->devices.v.s != NULL ? vm->devices.v.s : "");
	return devices_parse(*text, lines, wanted);
}

int devices_lines(const struct vm *vm, char **text, struct device_line lines[VM_DEVICES])
{
	int n = lines_of(vm, text, lines, "");
	return n > 0 ? n : 0;
}

/* ---- the row ---- */

int devices_fit(const struct vm *vm)
{
	if (vm->devices.v.s == NULL || machine_get(vm->machine.n)->pci)
		return 0;
	return err_set(EINVAL, "a microvm has neither USB nor PCI: set devices to none, or "
			       "machine to q35 or pc");
}

static int check(struct obj *o, const struct row *r)
{
	struct device_line lines[VM_DEVICES];
	const struct vm *vm = vm_of(zone_of(o));
	char *text;
	int n = lines_of(vm, &text, lines, r->wanted);
	free(text);
	return n < 0 ? -1 : devices_fit(vm);
}

static int paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	struct device_line lines[VM_DEVICES];
	char *text;
	int n = lines_of(vm_of(zone_of(o)), &text, lines, r->wanted);
	for (int i = 0; i < n; i++) {
		to[i].file.use = lines[i].is.kind == HOSTDEVICE_PCI ? USE_PCI : USE_USB;
		memccpy(to[i].file.path, lines[i].text, '\0', sizeof(to[i].file.path) - 1);
	}
	free(text);
	return n;
}

const struct row device_rows[] = {
    {231, "devices", 0600, ROW_NEXT_BOOT | ROW_TRIED | ROW_AUTHOR | ROW_ANEW,
	"the host's devices it has: usb=VENDOR:PRODUCT, usb=BUS-PORT, pci=ADDRESS a line",
	.kind = &kind_list, .off = offsetof(struct vm, devices),
	.wanted = "give lines of usb=VENDOR:PRODUCT, usb=BUS-PORT or pci=ADDRESS", .check = check,
	.apply = usb_apply, .paths = paths, .example = "usb=046d:c31c"},
    {0},
};

/* ---- at a boot ---- */

void devices_file(const struct vm *vm, const struct device_line *l, struct helper_vm_file *to)
{
	to->file.use = l->is.kind == HOSTDEVICE_PCI ? USE_PCI : USE_USB;
	to->file.author = vm->devices.by;
	to->seal = proof_seal(&vm->devices, l->at);
	to->disk = l->at;
	memccpy(to->file.path, l->text, '\0', sizeof(to->file.path) - 1);
}

int devices_list(struct vm *vm, struct vm_files *to)
{
	struct device_line lines[VM_DEVICES];
	char *text;
	int n = lines_of(vm, &text, lines, "mend its settings file");
	for (int i = 0; i < n; i++)
		if (lines[i].is.kind == HOSTDEVICE_PCI)
			devices_file(vm, &lines[i], &to->list[to->n++]);
	free(text);
	return n < 0 ? -1 : devices_fit(vm);
}

/* QEMU finds the number of its group there instead of in sysfs, of which it sees nothing
 * (mount-helper/build/vmdevice.c). */
void devices_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	struct device_line lines[VM_DEVICES];
	char *text;
	int n = devices_lines(vm, &text, lines);
	(void)files;
	for (int i = 0; i < n; i++)
		if (lines[i].is.kind == HOSTDEVICE_PCI)
			args_opt(a, "-device", "vfio-pci,sysfsdev=/pci/%s", lines[i].is.at);
	free(text);
}
