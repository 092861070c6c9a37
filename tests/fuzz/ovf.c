/* The XML of an OVA: whatever it says, the reading ends, and what it gives is bounded. */
#include "import/ovf.c" /* these are files of warren-import, which is no library */
#include "import/ovfos.c"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ovf o;
	char *text = fuzz_string(data, size);
	err_clear();
	if (ovf_read(text, size, &o) < 0) {
		assert(err_code() == EINVAL && err_text()[0] != '\0');
	} else {
		assert(o.disk[0] != '\0' && strlen(o.disk) < OVF_NAME);
		assert(o.machine.ram <= UINT64_C(1) << 50);
		assert(o.machine.uefi <= 1 && o.machine.os < IMPORT_OSES);
	}
	free(text);
	return 0;
}
