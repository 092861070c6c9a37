#include "vm/plugged.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "vm/vm.h"

enum { PLUGGED_MAX = 8 };
_Static_assert((int)VM_DISKS <= (int)PLUGGED_MAX && (int)NICS <= (int)PLUGGED_MAX, "of each name");

/* The bit of the number that is all of the rest of a word; 0: it is none. */
static unsigned number_bit(const char *rest)
{
	bool number = rest[0] >= '0' && rest[0] < '0' + PLUGGED_MAX && rest[1] == '\0';
	return number ? 1U << (rest[0] - '0') : 0;
}

static unsigned name_bit(const char *word, const char *name)
{
	size_t n = strlen(name);
	return strncmp(word, name, n) == 0 ? number_bit(word + n) : 0;
}

unsigned plugged_devices(const json_t *list, const char *name, const char *driver)
{
	char type[64];
	unsigned bits = 0;
	size_t i;
	json_t *one;
	snprintf(type, sizeof(type), "child<%s>", driver != NULL ? driver : "");
	json_array_foreach(list, i, one)
		if (driver == NULL || strcmp(json_word(one, "type"), type) == 0)
			bits |= name_bit(json_word(one, "name"), name);
	return bits;
}

/* The device is told by its id, or by a path that has it as a part. */
static unsigned device_bit(const char *device)
{
	static const char peripheral[] = "/machine/peripheral/";
	char id[16];
	if (strncmp(device, peripheral, sizeof(peripheral) - 1) == 0)
		device += sizeof(peripheral) - 1;
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(device, "/"), device);
	return name_bit(id, "disk");
}

unsigned plugged_disks(const json_t *blocks)
{
	unsigned bits = 0;
	size_t i;
	json_t *one;
	json_array_foreach(blocks, i, one) {
		const json_t *node = json_object_get(one, "inserted");
		bits |= device_bit(json_word(one, "qdev")) |
			name_bit(json_word(node, "node-name"), "disk");
	}
	return bits;
}

unsigned plugged_sets(const json_t *sets, unsigned first)
{
	unsigned bits = 0;
	size_t i;
	json_t *one;
	json_array_foreach(sets, i, one) {
		double set = json_number_value(json_object_get(one, "fdset-id"));
		if (set >= first && set < first + PLUGGED_MAX)
			bits |= 1U << ((unsigned)set - first);
	}
	return bits;
}
