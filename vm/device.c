#include "vm/device.h"

#include <stdlib.h>
#include <string.h>

json_t *device_new(const char *driver, const char *id)
{
	json_t *device = json_pack("{s:s, s:s}", "driver", driver, "id", id);
	if (device == NULL) /* out of memory, as in base/mem.h */
		abort();
	return device;
}

void device_bootindex(json_t *device, const struct vm *vm, enum boot_class class, unsigned n)
{
	unsigned index = bootorder_index(vm, class, n);
	if (index != 0)
		json_object_set_new(device, "bootindex", json_integer(index));
}

void device_unit(json_t *device, const struct disk_bus *bus, unsigned place)
{
	json_object_set_new(device, "bus", json_sprintf("%s.%u", bus->at, place / bus->units));
	json_object_set_new(device, "unit", json_integer(place % bus->units));
}

void device_place(json_t *device, const struct vm *vm, enum port_class class, unsigned n)
{
	const char *driver = json_string_value(json_object_get(device, "driver"));
	struct port at;
	if (!port_of(vm, class, n, driver, &at))
		return;
	json_object_set_new(device, "bus", json_string(at.bus));
	json_object_set_new(device, "addr", json_string(at.addr));
}

/* A comma in a word is written twice. */
static void word_put(struct buf *b, const char *word)
{
	for (; *word != '\0'; word++)
		buf_printf(b, *word == ',' ? ",," : "%c", *word);
}

static void property_put(struct buf *b, const char *key, json_t *value)
{
	buf_printf(b, ",%s=", key);
	if (json_is_integer(value))
		buf_printf(b, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		buf_str(b, json_is_true(value) ? "on" : "off");
	else
		word_put(b, json_string_value(value));
}

void args_device(struct args *a, json_t *device)
{
	struct buf b = {0};
	const char *key;
	json_t *value;
	buf_str(&b, json_string_value(json_object_get(device, "driver")));
	json_object_foreach(device, key, value)
		if (strcmp(key, "driver") != 0)
			property_put(&b, key, value);
	args_opt(a, "-device", "%s", buf_text(&b));
	buf_finish(&b);
	json_decref(device);
}
