/* cat FILE N: opens, reads and closes it N times; prints the microseconds of one time, on
 * average. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/clock.h"

static void once(const char *file)
{
	char bytes[4096];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, bytes, sizeof(bytes)) <= 0)
		err(1, "%s", file);
	close(fd);
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[2]) : 0;
	if (n < 1)
		errx(2, "usage: cat FILE N");
	once(argv[1]);
	int64_t begin = clock_ns();
	for (int i = 0; i < n; i++)
		once(argv[1]);
	printf("%.3f\n", clock_us(begin) / n);
	return 0;
}
