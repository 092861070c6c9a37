/* What process 1 of a zone is told: refused, or argc and envc whole strings. */
#include "init/orders.c"

#include <sys/mman.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct orders o = {0};
	char **argv, **envp;
	int fd = memfd_create("orders", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (orders_read(fd, &argv, &envp) == 0) {
		size_t bytes = 0, n = 0;
		memcpy(&o, data, sizeof(o));
		for (char **p = argv; *p != NULL || p < envp; p++)
			if (*p != NULL) {
				bytes += strlen(*p) + 1;
				n++;
			}
		assert(n == (size_t)o.argc + o.envc && bytes == o.size);
		assert(bytes + sizeof(o) == size && argv[o.argc] == NULL && envp[o.envc] == NULL);
	}
	close(fd);
	return 0;
}
