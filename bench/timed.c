/* timed COMMAND...: runs it, says the microseconds it took from spawn to end. Its output goes to
 * standard error, to leave the figure alone on standard output. */
#include <err.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"

extern char **environ;

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t files;
	int status;
	pid_t pid;
	if (argc < 2)
		errx(2, "usage: timed COMMAND...");
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	int64_t begin = clock_ns();
	if (posix_spawnp(&pid, argv[1], &files, NULL, argv + 1, environ) != 0)
		errx(1, "%s can't be run", argv[1]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s failed", argv[1]);
	printf("%.1f\n", clock_us(begin));
	return 0;
}
