/* The line of a disk: what is taken can stand in QEMU's command line. */
#include <errno.h>

#include "tests/fuzz/fuzz.h"
#include "vm/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct disk d;
	char *text = fuzz_string(data, size);
	if (disk_parse(text, &d) == 0) {
		assert(d.path[0] == '/' && strlen(d.path) < PATH_MAX);
		assert(d.path >= text && d.path < text + size);
		assert(strchr(d.format, ',') == NULL && strchr(d.bus, ',') == NULL);
		assert(d.size <= UINT64_C(1) << 50);
		assert(d.size == 0 || strcmp(d.format, "raw") == 0);
	} else {
		assert(err_code() == EINVAL || err_code() == ERANGE || err_code() == EOPNOTSUPP);
	}
	free(text);
	return 0;
}
