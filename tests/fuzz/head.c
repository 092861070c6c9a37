/* Headers of disks: whatever is in one, the look at it ends, within its bytes and with a sentence.
 * The first byte is the format; the rest is where that has its tables. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diskhead.h"
#include "base/diskwhole.h"
#include "base/err.h"
#include "base/kernelhead.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *format;
		off_t at;
	} places[] = {{"vmdk", 0}, {"vdi", 0}, {"vpc", 0}, {"vhdx", 192 << 10}};
	uint64_t bytes;
	if (size == 0)
		return 0;
	unsigned i = data[0] % 5;
	int fd = memfd_create("disk", MFD_CLOEXEC);
	off_t at = i < 4 ? places[i].at : 0;
	assert(fd >= 0 && pwrite(fd, data + 1, size - 1, at) == (ssize_t)(size - 1));
	assert(ftruncate(fd, i == 3 ? 512 << 10 : (off_t)(size - 1)) == 0);
	diskhead_format(fd);
	diskwhole_is_fixed_vpc(fd);
	err_clear();
	int r = i < 4 ? diskwhole_check(fd, places[i].format) : diskhead_qcow2(fd, &bytes);
	assert(r == 0 || (err_code() == EINVAL && err_text()[0] != '\0'));
	assert(kernelhead_check(fd) == 0 || (err_code() == EINVAL && err_text()[0] != '\0'));
	assert(i < 4 || r < 0 || (bytes > 0 && bytes <= UINT64_C(1) << 50));
	close(fd);
	return 0;
}
