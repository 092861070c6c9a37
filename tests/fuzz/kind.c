/* A write to a settable file, or to config: refused whole, or it reads back and can be written
 * again. The first byte chooses the file. */
#include "base/mem.h"
#include "tests/fuzz/check.h"

static const struct row *choose(uint8_t byte, struct obj **o)
{
	*o = (byte & 1) != 0 ? house.vm : house.zone;
	const struct row *r = row_next((*o)->type, NULL);
	for (unsigned n = byte >> 1; n > 0 || (r->kind == NULL && r->store == NULL);) {
		r = row_next((*o)->type, r);
		if (r == NULL)
			r = row_next((*o)->type, NULL);
		n -= n > 0 && (r->kind != NULL || r->store != NULL);
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct obj *o;
	if (house.zone == NULL)
		house_open();
	if (size == 0)
		return 0;
	const struct row *r = choose(data[0], &o);
	char *text = fuzz_string(data + 1, size - 1);
	if (check_write(o, r->name, text, size - 1, false) == 0) {
		char *read = xasprintf("%s", house_read(o, r->name));
		assert(check_write(o, r->name, read, strlen(read), false) == 0);
		assert(strcmp(house_read(o, r->name), read) == 0);
		free(read);
	}
	free(text);
	return 0;
}
