#include "vm/slots.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/word.h"

/* In QEMU's qapi/machine.json, CpuInstanceProperties, the outermost first. */
static const char *const levels[] = {"node-id", "drawer-id", "book-id", "socket-id", "die-id",
    "cluster-id", "module-id", "core-id", "thread-id"};

static const char *path_of(const json_t *slot)
{
	return json_word(slot, "qom-path");
}

/* Is a before b? */
static bool is_before(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < NELEM(levels); i++) {
		double x =
		    json_number_value(json_object_get(json_object_get(a, "props"), levels[i]));
		double y =
		    json_number_value(json_object_get(json_object_get(b, "props"), levels[i]));
		if (x != y)
			return x < y;
	}
	return false;
}

unsigned slots_taken(const json_t *slots)
{
	unsigned n = 0;
	size_t i;
	json_t *slot;
	json_array_foreach(slots, i, slot)
		n += path_of(slot)[0] != '\0';
	return n;
}

int slots_add(const json_t *slots, struct buf *command)
{
	const json_t *first = NULL;
	size_t i;
	json_t *slot;
	json_array_foreach(slots, i, slot)
		if (path_of(slot)[0] == '\0' && (first == NULL || is_before(slot, first)))
			first = slot;
	const char *type = json_word(first, "type");
	if (!word_is_name(type))
		return err_set(EIO, "QEMU has no place for another CPU");
	buf_printf(command, "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"%s\"", type);
	for (i = 0; i < NELEM(levels); i++) {
		const json_t *n = json_object_get(json_object_get(first, "props"), levels[i]);
		double at = json_number_value(n);
		if (json_is_number(n) && at >= 0 && at <= UINT16_MAX)
			buf_printf(command, ",\"%s\":%u", levels[i], (unsigned)at);
	}
	buf_str(command, "}}");
	return 0;
}

/* A path of QEMU's objects, which are no files; it goes into JSON as it is. */
static bool is_path(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/[]._-";
	return path[0] == '/' && strlen(path) < 128 && path[strspn(path, plain)] == '\0';
}

int slots_remove(const json_t *slots, struct buf *command)
{
	const json_t *last = NULL;
	size_t i;
	json_t *slot;
	json_array_foreach(slots, i, slot)
		if (path_of(slot)[0] != '\0' && (last == NULL || is_before(last, slot)))
			last = slot;
	if (!is_path(path_of(last)))
		return err_set(EIO, "QEMU names no CPU that can go");
	buf_printf(
	    command, "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"%s\"}}", path_of(last));
	return 0;
}
