/* zone_boot CTL N: boots and halts the zone N times; prints the microseconds of each pair of
 * writes, opening and closing included, as a shell's echo has them. What a halt leaves to do in the
 * background is over before the next boot. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"

static void tell(const char *ctl, const char *verb)
{
	int fd = open(ctl, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, verb, strlen(verb)) < 0 || close(fd) < 0)
		err(1, "%s > %s", verb, ctl);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: zone_boot CTL N");
	for (int n = atoi(argv[2]); n > 0; n--) {
		clock_settle();
		int64_t begin = clock_ns();
		tell(argv[1], "boot");
		double boot = clock_us(begin);
		begin = clock_ns();
		tell(argv[1], "halt");
		printf("%.1f %.1f\n", boot, clock_us(begin));
	}
	return 0;
}
