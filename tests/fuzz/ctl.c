/* A write to ctl of a zone: split into lines and words, run or refused. */
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (house.zone == NULL)
		house_open();
	char *text = fuzz_string(data, size);
	check_write(house.zone, "ctl", text, size, true);
	assert(list_empty(&house.zone->runs));
	assert(!zone_runs(zone_of(house.zone)));
	free(text);
	return 0;
}
