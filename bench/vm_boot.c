/* vm_boot DIR: boots the VM whose directory in the tree it is; prints the microseconds from the
 * write of `boot` to the first byte on its console, and until the write returned. The console gives
 * what comes from its open on, so it is opened when the VM runs: QEMU's firmware, silent, is longer
 * than that. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"

static int file_open(const char *dir, const char *name, int flags)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	static const char verb[] = "boot";
	char c;
	if (argc != 2)
		errx(2, "usage: vm_boot DIR");
	int ctl = file_open(argv[1], "ctl", O_WRONLY);
	int64_t begin = clock_ns();
	if (write(ctl, verb, strlen(verb)) < 0)
		err(1, "boot");
	double booted = clock_us(begin);
	int console = file_open(argv[1], "console", O_RDONLY);
	if (read(console, &c, 1) != 1)
		errx(1, "the console said nothing");
	printf("%.1f %.1f\n", clock_us(begin), booted);
	return 0;
}
