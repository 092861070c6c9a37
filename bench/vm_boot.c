/* vm_boot DIR [WORDS RAM]: boots the VM whose directory in the tree it is; prints the microseconds
 * from the write of `boot` to the first byte on its console, and until the write returned. With
 * WORDS and RAM (KiB) also those until the console said these, the KiB that its QEMU holds then
 * beside the guest's RAM, and the CPU time that it has taken, microseconds. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/guest.h"

static int file_open(const char *dir, const char *name, int flags)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static pid_t pid_of(const char *dir)
{
	char text[4096] = "";
	int fd = file_open(dir, "status", O_RDONLY), pid = 0;
	const char *at = read(fd, text, sizeof(text) - 1) > 0 ? strstr(text, "\npid ") : NULL;
	close(fd);
	return at != NULL && sscanf(at, "\npid %d", &pid) == 1 ? pid : 0;
}

int main(int argc, char **argv)
{
	static const char verb[] = "boot";
	if (argc != 2 && argc != 4)
		errx(2, "usage: vm_boot DIR [WORDS RAM]");
	int ctl = file_open(argv[1], "ctl", O_WRONLY);
	int console = file_open(argv[1], "console", O_RDONLY);
	int64_t begin = clock_ns();
	if (write(ctl, verb, strlen(verb)) < 0)
		err(1, "boot");
	double booted = clock_us(begin);
	console_await(console, NULL);
	printf("%.1f %.1f", clock_us(begin), booted);
	if (argc == 4) {
		console_await(console, argv[2]);
		double up = clock_us(begin);
		pid_t pid = pid_of(argv[1]);
		double cpu = cpu_us(pid);
		printf(" %.1f %lu %.1f", up, beside_ram(pid, strtoul(argv[3], NULL, 10)), cpu);
	}
	printf("\n");
	return 0;
}
