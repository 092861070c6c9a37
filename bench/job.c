/* job EXEC COMMAND N: runs the command as a job N times: mkdir, the write of cmd, the read of wait,
 * rmdir. Prints the microseconds of each. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/clock.h"

static void once(int exec, const char *command)
{
	char how[64];
	if (mkdirat(exec, "bench", 0755) < 0)
		err(1, "mkdir");
	int cmd = openat(exec, "bench/cmd", O_WRONLY | O_CLOEXEC);
	if (cmd < 0 || write(cmd, command, strlen(command)) < 0 || close(cmd) < 0)
		err(1, "cmd");
	int wait = openat(exec, "bench/wait", O_RDONLY | O_CLOEXEC);
	ssize_t n = wait < 0 ? -1 : read(wait, how, sizeof(how) - 1);
	if (n <= 0 || close(wait) < 0)
		err(1, "wait");
	how[n] = '\0';
	if (strcmp(how, "exited 0\n") != 0)
		errx(1, "it %s", how);
	if (unlinkat(exec, "bench", AT_REMOVEDIR) < 0)
		err(1, "rmdir");
}

int main(int argc, char **argv)
{
	int exec = argc == 4 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (exec < 0)
		err(2, "usage: job EXEC COMMAND N");
	for (int n = atoi(argv[3]); n > 0; n--) {
		int64_t begin = clock_ns();
		once(exec, argv[2]);
		printf("%.1f\n", clock_us(begin));
	}
	return 0;
}
