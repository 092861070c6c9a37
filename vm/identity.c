/* By what a guest knows itself: its uuid, in SMBIOS, and its generation id, which is another when
 * it goes on from the past or from another's state, so that no two guests share random numbers
 * (QEMU's docs/specs/vmgenid). */
#include <string.h>

#include "fs/change.h"
#include "vm/hardware.h"
#include "zone/parts.h"

void identity_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	char text[UUID_TEXT];
	(void)files;
	uuid_format(&vm->z.uuid, text);
	args_opt(a, "-uuid", "%s", text);
	if (!machine_get(vm->machine.n)->pci) /* whose ACPI has no such device */
		return;
	uuid_format(&vm->generation, text);
	args_opt(a, "-device", "vmgenid,guid=%s", text);
}

/* ---- as a part of its VM ---- */

static void init(struct zone *z)
{
	uuid_make(&vm_of(z)->generation);
}

static void save(const struct zone *z, struct buf *b)
{
	char text[UUID_TEXT];
	uuid_format(&vm_of((struct zone *)(uintptr_t)z)->generation, text);
	buf_printf(b, "generation %s\n", text);
}

static int load(struct zone *z, const char *key, char *value)
{
	return strcmp(key, "generation") == 0 ? uuid_parse(value, &vm_of(z)->generation) : 1;
}

const struct zone_part identity_part = {.init = init, .save = save, .load = load};
