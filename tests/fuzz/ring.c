/* A log's file as a hostile monitor may leave it: reads stay within their room, and come to an
 * end */
#include "base/ring.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/house.h"

static void read_all(struct ring *r)
{
	uint64_t pos = ring_oldest(r), lost = 0;
	char to[512];
	for (int i = 0; i < 64; i++) {
		uint64_t before = pos;
		size_t n = ring_read(r, &pos, to, sizeof(to), &lost);
		assert(n <= sizeof(to) && n <= r->room && pos >= before && pos <= ring_total(r));
		if (n == 0)
			break;
	}
	pos = UINT64_MAX;
	ring_read(r, &pos, to, sizeof(to), &lost);
	assert(pos <= ring_total(r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ring r;
	if (house.zone == NULL)
		house_open();
	int fd = openat(house.dir, "7.0", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (ring_open(&r, fd) == 0)
		read_all(&r);
	ring_close(&r);
	house.zone->version++;
	house_read(house.zone, "log");
	assert(house.code == 0 && house.text.len <= size + 64);
	return 0;
}
