#include "vm/mountdev.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "vm/commands.h"

static json_t *name_new(unsigned n)
{
	return json_sprintf("mount%u", n);
}

json_t *mountdev_new(const struct vm *vm, unsigned n, const char *tag)
{
	bool pci = machine_get(vm->machine.n)->pci;
	char name[16];
	snprintf(name, sizeof(name), "mount%u", n);
	json_t *device = device_new(pci ? "vhost-user-fs-pci" : "vhost-user-fs-device", name);
	json_object_set_new(device, "chardev", name_new(n));
	json_object_set_new(device, "tag", json_string(tag));
	device_place(device, vm, PORT_MOUNT, n);
	return device;
}

json_t *mountdev_opening(unsigned n)
{
	json_t *list = json_array();
	json_t *fd = json_pack("{s:s, s:{s:o}}", "type", "fd", "data", "str", name_new(n));
	json_t *socket = json_pack("{s:o, s:b}", "addr", fd, "server", 0);
	commands_add(list, "chardev-add",
	    json_pack("{s:o, s:{s:s, s:o}}", "id", name_new(n), "backend", "type", "socket", "data",
		socket));
	return list;
}

json_t *mountdev_adding(const struct vm *vm, unsigned n, const char *tag)
{
	json_t *list = json_array();
	commands_add(list, "device_add", mountdev_new(vm, n, tag));
	return list;
}

json_t *mountdev_closing(unsigned n)
{
	json_t *list = json_array();
	commands_add(list, "chardev-remove", json_pack("{s:o}", "id", name_new(n)));
	commands_add(list, "closefd", json_pack("{s:o}", "fdname", name_new(n)));
	return list;
}

bool mountdev_is_closed(const json_t *chardevs, unsigned n)
{
	bool listed = false;
	char name[16];
	size_t i;
	json_t *one;
	snprintf(name, sizeof(name), "mount%u", n);
	json_array_foreach(chardevs, i, one)
		listed = listed || strcmp(json_word(one, "label"), name) == 0;
	return !listed;
}

bool mountdev_is_shared(const json_t *memory)
{
	size_t i;
	json_t *one;
	json_array_foreach(memory, i, one)
		if (strcmp(json_word(one, "id"), "shared") == 0)
			return json_is_true(json_object_get(one, "share"));
	return false;
}
