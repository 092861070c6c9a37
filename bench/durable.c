/* durable DIR SIZE N: puts a small file on disk N times as a setting has to be put there: written
 * and synced beside, renamed, and the directory synced, without which the new name may be lost.
 * Prints the microseconds of each until the rename, and with the directory. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"

static void replace(int dir, const char *bytes, size_t n)
{
	int fd = openat(dir, "bench.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || fsync(fd) < 0 || close(fd) < 0)
		err(1, "write a file");
	if (renameat(dir, "bench.new", dir, "bench") < 0)
		err(1, "rename a file");
}

int main(int argc, char **argv)
{
	char bytes[4096];
	size_t size = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	if (size == 0 || size > sizeof(bytes))
		errx(2, "usage: durable DIR SIZE N");
	memset(bytes, 'x', sizeof(bytes));
	int dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		err(1, "%s", argv[1]);
	for (int n = atoi(argv[3]); n > 0; n--) {
		int64_t begin = clock_ns();
		replace(dir, bytes, size);
		double renamed = clock_us(begin);
		if (fsync(dir) < 0)
			err(1, "sync a directory");
		printf("%.1f %.1f\n", renamed, clock_us(begin));
	}
	return 0;
}
