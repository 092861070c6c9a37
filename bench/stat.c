/* stat DIR COUNT N: stats DIR/z0001 to DIR/z<COUNT>, N times over; prints the microseconds of one
 * stat on average. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bench/clock.h"

static void once(int dir, int count)
{
	char name[16];
	struct stat st;
	for (int i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "z%04d", i);
		if (fstatat(dir, name, &st, 0) < 0)
			err(1, "%s", name);
	}
}

int main(int argc, char **argv)
{
	int count = argc == 4 ? atoi(argv[2]) : 0, n = argc == 4 ? atoi(argv[3]) : 0;
	if (count < 1 || n < 1)
		errx(2, "usage: stat DIR COUNT N");
	int dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		err(1, "%s", argv[1]);
	int64_t begin = clock_ns();
	for (int i = 0; i < n; i++)
		once(dir, count);
	printf("%.3f\n", clock_us(begin) / n / count);
	return 0;
}
