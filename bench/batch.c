/* batch N AT_ONCE COMMAND...: runs it N times, so many at once; a % in a word of the command
 * becomes the number of the run, from 0. Prints the microseconds that one took on average, from the
 * first spawn to the last end. Their output goes to standard error, to leave the figure alone on
 * standard output. */
#include <err.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"

enum { ARGS = 1024 };

extern char **environ;

static char *numbered(const char *word, int n)
{
	char *text;
	const char *sign = strchr(word, '%');
	if (sign == NULL)
		return strdup(word);
	if (asprintf(&text, "%.*s%d%s", (int)(sign - word), word, n, sign + 1) < 0)
		err(1, "%s", word);
	return text;
}

static void start(char **command, const posix_spawn_file_actions_t *files, int n)
{
	char *argv[ARGS] = {NULL};
	pid_t pid;
	for (int i = 0; command[i] != NULL && i < ARGS - 1; i++)
		argv[i] = numbered(command[i], n);
	if (posix_spawnp(&pid, argv[0], files, NULL, argv, environ) != 0)
		errx(1, "%s can't be run", argv[0]);
	for (int i = 0; argv[i] != NULL; i++)
		free(argv[i]);
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t files;
	int n = argc > 3 ? atoi(argv[1]) : 0, most = argc > 3 ? atoi(argv[2]) : 0, status;
	if (n < 1 || most < 1)
		errx(2, "usage: batch N AT_ONCE COMMAND...");
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	int64_t begin = clock_ns();
	for (int begun = 0, ended = 0; ended < n; ended++) {
		for (; begun < n && begun - ended < most; begun++)
			start(argv + 3, &files, begun);
		if (wait(&status) < 0 || status != 0)
			errx(1, "%s failed", argv[3]);
	}
	printf("%.1f\n", clock_us(begin) / n);
	return 0;
}
