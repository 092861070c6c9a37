/* rate SECONDS WHAT...: how much of one CPU was used in these seconds, in percent, by what each
 * file counts: a file that begins with "usage_usec N", or with nanoseconds. idle=N,M in the place
 * of a file is what these CPUs had nothing to do. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"

enum { FILES = 64 };

static struct sample {
	double at, used; /* microseconds */
} before[FILES];

static void load(const char *file, char *text, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (n <= 0)
		err(1, "%s", file);
	close(fd);
	text[n] = '\0';
}

static double used(const char *file)
{
	static const char key[] = "usage_usec ";
	char text[256];
	load(file, text, sizeof(text));
	return strncmp(text, key, strlen(key)) == 0 ? strtod(text + strlen(key), NULL)
						    : strtod(text, NULL) / 1000;
}

/* proc(5): "cpuN user nice system idle iowait ...", in ticks */
static double idle_of(const char *stat, long cpu)
{
	char name[32];
	double idle, iowait;
	snprintf(name, sizeof(name), "\ncpu%ld ", cpu);
	const char *line = strstr(stat, name);
	if (line == NULL || sscanf(line, " %*s %*s %*s %*s %lf %lf", &idle, &iowait) != 2)
		errx(1, "there is no CPU %ld", cpu);
	return (idle + iowait) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static double idle(const char *cpus)
{
	static char text[65536];
	double sum = 0;
	load("/proc/stat", text, sizeof(text));
	for (char *end; *cpus != '\0'; cpus = *end == ',' ? end + 1 : end) {
		sum += idle_of(text, strtol(cpus, &end, 10));
		if (end == cpus)
			errx(2, "%s: give CPUs such as 0,1", cpus);
	}
	return sum;
}

/* Between two looks at the clock: the reading takes a while where all are busy. */
static struct sample look(const char *what)
{
	int64_t begin = clock_ns();
	struct sample s = {.used = strncmp(what, "idle=", 5) == 0 ? idle(what + 5) : used(what)};
	s.at = (double)(begin / 2 + clock_ns() / 2) / 1000;
	return s;
}

int main(int argc, char **argv)
{
	int n = argc - 2;
	if (n < 1 || n > FILES)
		errx(2, "usage: rate SECONDS WHAT...");
	for (int i = 0; i < n; i++)
		before[i] = look(argv[i + 2]);
	usleep((useconds_t)(atof(argv[1]) * 1e6));
	for (int i = 0; i < n; i++) {
		struct sample s = look(argv[i + 2]);
		printf("%.4f\n", 100 * (s.used - before[i].used) / (s.at - before[i].at));
	}
	return 0;
}
