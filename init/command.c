#include "init/init.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/word.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *search_path(char **envp)
{
	for (; *envp != NULL; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return DEFAULT_PATH;
}

/* A container's systemd looks for its control groups there, and its own words help nobody. */
static void path_exec(const char *path, char **argv, char **envp)
{
	static const char tail[] = "/lib/systemd/systemd";
	char real[PATH_MAX];
	size_t n = realpath(path, real) != NULL ? strlen(real) : 0;
	if (n >= sizeof(tail) - 1 && strcmp(real + n - (sizeof(tail) - 1), tail) == 0 &&
	    access("/sys/fs/cgroup/cgroup.procs", F_OK) < 0)
		errno = EOPNOTSUPP;
	else
		execve(path, argv, envp);
}

/* Keep the most telling error: a program that exists but can't be run tells more than missing
 * ones. */
static void code_keep(int *code)
{
	if (errno != ENOENT && errno != ENOTDIR)
		*code = errno;
}

static int try_each(const char *dirs, char **argv, char **envp)
{
	char path[PATH_MAX];
	int code = ENOENT;
	for (;;) {
		size_t n = strcspn(dirs, ":");
		int len = snprintf(
		    path, sizeof(path), "%.*s%s%s", (int)n, dirs, n > 0 ? "/" : "./", argv[0]);
		if (len > 0 && (size_t)len < sizeof(path)) {
			path_exec(path, argv, envp);
			code_keep(&code);
		}
		if (dirs[n] == '\0')
			return code;
		dirs += n + 1;
	}
}

static int try_path(char **argv, char **envp)
{
	path_exec(argv[0], argv, envp);
	return errno;
}

int command_exec(char **argv, char **envp)
{
	char q[256];
	int slash = strchr(argv[0], '/') != NULL;
	int code = argv[0][0] == '\0' ? ENOENT
		   : slash	      ? try_path(argv, envp)
				      : try_each(search_path(envp), argv, envp);
	word_quote(argv[0], q, sizeof(q));
	if (code == ENOENT && slash && access(argv[0], F_OK) == 0)
		return err_set(code,
		    "init: \"%s\" needs an interpreter or loader that is not in this zone", q);
	if (code == ENOENT)
		return err_set(
		    code, "init: no such program \"%s\" in this zone: give the path of one", q);
	if (code == EACCES)
		return err_set(
		    code, "init: \"%s\" may not be executed: give the path of a program", q);
	if (code == ENOEXEC)
		return err_set(code,
		    "init: \"%s\" is not a program that this host can run: give one, or a "
		    "script with #!",
		    q);
	if (code == EOPNOTSUPP)
		return err_set(code,
		    "init: \"%s\" is systemd, which needs a host with control groups v2 alone: "
		    "give another init, or boot the host with systemd.unified_cgroup_hierarchy=1",
		    q);
	return err_set(code, "init: \"%s\": %s", q, strerror(code));
}
