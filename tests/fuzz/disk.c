/* The line of a disk: what is taken can stand in QEMU's command line. */
#include <errno.h>

#include "tests/fuzz/fuzz.h"
#include "vm/disk.h"
#include "vm/hardware.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct disk d = {0};
	const struct row *r = disk_rows;
	char *text = fuzz_string(data, size);
	if (keyed_parse(r, text, &d) == 0) {
		assert((d.path[0] == '\0') != (d.image[0] == '\0'));
		assert(d.path[0] == '\0' || d.path[0] == '/');
		assert(strlen(d.path) < sizeof(d.path) && strlen(d.image) < sizeof(d.image));
		assert(d.format <= FORMAT_QCOW2 && d.bus <= BUS_NVME && d.readonly <= 1);
		assert(d.size <= UINT64_C(1) << 50);
		assert(d.size == 0 || d.format == FORMAT_RAW);
	} else {
		assert(err_code() == EINVAL || err_code() == ERANGE || err_code() == EOPNOTSUPP);
	}
	free(text);
	return 0;
}
