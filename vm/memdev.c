#include "vm/memdev.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "vm/ask.h"

/* QEMU rounds the memory of the boot up to this (its softmmu/vl.c). */
enum { ROUNDED = 8192 };

int memdev_read_base(struct memdev *m, const json_t *summary)
{
	m->base = ask_bytes(summary, "base-memory");
	return m->base > 0
		   ? 0
		   : err_set(EIO,
			 "QEMU does not tell how much memory there is: halt it, and boot it again");
}

static bool is_it(const json_t *device)
{
	return strcmp(json_word(device, "type"), "virtio-mem") == 0 &&
	       strcmp(json_word(json_object_get(device, "data"), "id"), MEMDEV) == 0;
}

static int read_one(struct memdev *m, const json_t *data)
{
	m->max = ask_bytes(data, "max-size");
	m->block = ask_bytes(data, "block-size");
	m->requested = ask_bytes(data, "requested-size");
	m->plugged = ask_bytes(data, "size");
	if (m->block > 0 && m->block <= m->max && m->requested <= m->max && m->plugged <= m->max)
		return 0;
	m->max = 0;
	return err_set(
	    EIO, "what QEMU tells about its memory makes no sense: halt it, and boot it again");
}

int memdev_read(struct memdev *m, const json_t *devices)
{
	size_t i;
	json_t *device;
	m->max = m->requested = m->plugged = 0;
	json_array_foreach(devices, i, device)
		if (is_it(device))
			return read_one(m, json_object_get(device, "data"));
	return 0;
}

uint64_t memdev_request(const struct memdev *m, uint64_t bytes)
{
	uint64_t more = bytes > m->base && m->max > 0 ? bytes - m->base : 0;
	if (more > m->max)
		return m->requested;
	uint64_t part = m->max > 0 ? more % m->block : 0;
	return part == 0 || more - part + m->block > m->max ? more - part : more - part + m->block;
}

bool memdev_gives(const struct memdev *m, uint64_t bytes)
{
	if (bytes + ROUNDED <= m->base || (bytes > m->base && bytes - m->base > m->max))
		return false;
	return m->plugged == memdev_request(m, bytes);
}
