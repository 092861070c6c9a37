/* rate SECONDS FILE...: how much of one CPU was used in these seconds, in percent, by what each file
 * counts: a file that begins with "usage_usec N", or with nanoseconds. */
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

static struct sample look(const char *file)
{
	static const char key[] = "usage_usec ";
	char text[256];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	struct sample s = {.at = (double)clock_ns() / 1000};
	if (n <= 0)
		err(1, "%s", file);
	close(fd);
	text[n] = '\0';
	if (strncmp(text, key, strlen(key)) == 0)
		s.used = strtod(text + strlen(key), NULL);
	else
		s.used = strtod(text, NULL) / 1000;
	return s;
}

int main(int argc, char **argv)
{
	int n = argc - 2;
	if (n < 1 || n > FILES)
		errx(2, "usage: rate SECONDS FILE...");
	for (int i = 0; i < n; i++)
		before[i] = look(argv[i + 2]);
	usleep((useconds_t)(atof(argv[1]) * 1e6));
	for (int i = 0; i < n; i++) {
		struct sample s = look(argv[i + 2]);
		printf("%.4f\n", 100 * (s.used - before[i].used) / (s.at - before[i].at));
	}
	return 0;
}
