/* write FILE N VALUE VALUE: writes the two in turn, N times, opening with O_TRUNC and closing as a
 * shell's echo does; prints the microseconds of each. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"

int main(int argc, char **argv)
{
	if (argc != 5)
		errx(2, "usage: write FILE N VALUE VALUE");
	for (int n = atoi(argv[2]); n > 0; n--) {
		const char *value = argv[3 + n % 2];
		int64_t begin = clock_ns();
		int fd = open(argv[1], O_WRONLY | O_TRUNC | O_CLOEXEC);
		if (fd < 0 || write(fd, value, strlen(value)) < 0 || close(fd) < 0)
			err(1, "%s > %s", value, argv[1]);
		printf("%.1f\n", clock_us(begin));
	}
	return 0;
}
