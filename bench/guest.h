/* What a guest says, and what its QEMU holds. */
#ifndef WARREN_BENCH_GUEST_H
#define WARREN_BENCH_GUEST_H

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Read the console until it has said something, or these words. */
static inline void console_await(int fd, const char *words)
{
	static char text[1 << 20];
	static size_t n;
	while (n == 0 || (words != NULL && strstr(text, words) == NULL)) {
		ssize_t k = read(fd, text + n, sizeof(text) - 1 - n);
		if (k <= 0)
			errx(1, "the console said no more than: %s", text);
		for (size_t end = n + (size_t)k; n < end; n++)
			text[n] = text[n] == '\0' ? ' ' : text[n];
	}
}

/* The CPU time of a process, microseconds: what others take on a busy machine is not in it. */
static inline double cpu_us(pid_t pid)
{
	clockid_t clock;
	struct timespec t = {0};
	if (clock_getcpuclockid(pid, &clock) == 0)
		clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* KiB of this QEMU's in memory, but for the guest's RAM: the mapping of that size. 0: it has none
 */
static inline unsigned long beside_ram(pid_t pid, unsigned long ram)
{
	char path[64], line[512];
	unsigned long size = 0, n, sum = 0;
	bool found = false;
	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	FILE *f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "Size: %lu", &size) == 1)
			found = found || size == ram;
		else if (sscanf(line, "Rss: %lu", &n) == 1 && size != ram)
			sum += n;
	}
	if (f != NULL)
		fclose(f);
	return found ? sum : 0;
}

#endif
