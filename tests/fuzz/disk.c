/* The line of a disk: what is taken can stand in QEMU's command line. */
#include <errno.h>

#include "tests/fuzz/fuzz.h"
#include "vm/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct disk d;
	char *text = fuzz_string(data, size);
	if (disk_parse(text, &d) == 0) {
		const char *from = d.path != NULL ? d.path : d.image;
		assert((d.path == NULL) != (d.image == NULL));
		assert(from >= text && from < text + size);
		assert(d.path == NULL || (d.path[0] == '/' && strlen(d.path) < PATH_MAX));
		assert(d.path == NULL || strchr(d.format, ',') == NULL);
		assert(strchr(d.bus, ',') == NULL);
		assert(d.size <= UINT64_C(1) << 50);
		assert(d.size == 0 || strcmp(d.format, "raw") == 0);
	} else {
		assert(err_code() == EINVAL || err_code() == ERANGE || err_code() == EOPNOTSUPP);
	}
	free(text);
	return 0;
}
