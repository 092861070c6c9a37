/* A settings file, read back at the start: refused with its line, or saved as a file that is the
 * same once more. The first byte chooses a zone's or a VM's. */
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char kind[16], name[NAME_LEN + 1];
	if (house.zone == NULL)
		house_open();
	if (size == 0)
		return 0;
	struct obj *o = (data[0] & 1) != 0 ? house.vm : house.zone;
	char *good = settings_text(o), *text = fuzz_string(data + 1, size - 1);
	settings_head(text, kind, sizeof(kind), name, sizeof(name));
	if (settings_load(o, text) == 0) {
		char *first = settings_text(o);
		assert(settings_load(o, first) == 0);
		char *second = settings_text(o);
		assert(strcmp(first, second) == 0);
		free(first);
		free(second);
	} else {
		assert(strncmp(err_text(), "line ", 5) == 0);
	}
	zone_of(o)->state = ZONE_CONFIGURED;
	assert(settings_load(o, good) == 0);
	free(good);
	free(text);
	return 0;
}
