/* mkdir DIR N: makes the directory and removes it, N times; prints the microseconds of each. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/clock.h"

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: mkdir DIR N");
	for (int n = atoi(argv[2]); n > 0; n--) {
		int64_t begin = clock_ns();
		if (mkdir(argv[1], 0755) < 0)
			err(1, "mkdir %s", argv[1]);
		double made = clock_us(begin);
		if (rmdir(argv[1]) < 0)
			err(1, "rmdir %s", argv[1]);
		printf("%.1f %.1f\n", made, clock_us(begin) - made);
	}
	return 0;
}
