/* What QEMU answers to the daemon's questions, and what the daemon makes of it: a number within
 * bounds, or a command that is one line of JSON, or an error. The first byte chooses the question.
 */
#include <errno.h>

#include "base/err.h"
#include "tests/fuzz/fuzz.h"
#include "vm/ask.h"
#include "vm/memdev.h"
#include "vm/model.h"
#include "vm/plugged.h"
#include "vm/resize.h"
#include "vm/slots.h"

static void check_error(void)
{
	assert(err_code() != 0 && err_text()[0] != '\0');
	for (const char *p = err_text(); *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f);
}

static void check_command(int result, struct buf *b)
{
	json_t *m = result == 0 ? json_parse(buf_text(b), b->len) : NULL;
	if (result == 0)
		assert(json_word(m, "execute")[0] != '\0' && strchr(buf_text(b), '\n') == NULL);
	else
		check_error();
	json_decref(m);
	buf_finish(b);
}

static void slots(const json_t *m)
{
	struct buf command = {0};
	unsigned taken = slots_taken(m);
	assert(taken <= json_array_size(m));
	check_command(slots_add(m, &command), &command);
	check_command(slots_remove(m, &command), &command);
}

static void models(const json_t *m)
{
	if (model_fits(m, "EPYC") < 0)
		check_error();
}

static void sizes(const json_t *m)
{
	uint64_t size;
	if (resize_size_of(m, "disk0", &size) < 0)
		check_error();
}

static void sets(const json_t *m)
{
	unsigned set;
	if (resize_set_of(m, "disk0", &set) < 0)
		check_error();
}

static void bytes(const json_t *m)
{
	assert(ask_bytes(m, "actual") < UINT64_C(1) << 62);
}

static void memory(const json_t *m)
{
	struct memdev is = {0};
	if (memdev_read_base(&is, m) < 0)
		check_error();
	if (memdev_read(&is, m) < 0)
		check_error();
	assert(is.requested <= is.max || is.max == 0);
	for (uint64_t bytes = 1 << 20; bytes <= UINT64_C(1) << 44; bytes *= 2)
		assert(memdev_request(&is, bytes) <= is.max);
}

static void disks(const json_t *m)
{
	assert(plugged_devices(m, "disk", "virtio-blk-pci") < 1 << 8);
	assert(plugged_disks(m) < 1 << 8);
	assert(plugged_sets(m, 72) < 1 << 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const json_t *m) = {
	    slots, models, sizes, sets, bytes, memory, disks};
	enum { READERS = sizeof(readers) / sizeof(*readers) };
	json_t *m = size > 0 ? json_parse((const char *)data + 1, size - 1) : NULL;
	if (m != NULL)
		readers[data[0] % READERS](m);
	json_decref(m);
	return 0;
}
