#include "mount-helper/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"

/* The directory that this program was started from: all stand side by side, or as installed. */
static const char *own_dir(void)
{
	static char dir[PATH_MAX]; /* read once: after an upgrade the link says "(deleted)" */
	if (dir[0] != '\0')
		return dir;
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	dir[n > 0 ? (size_t)n : 0] = '\0';
	char *slash = strrchr(dir, '/');
	if (slash != NULL)
		*slash = '\0';
	return dir;
}

static int program_open(int *fd, const char *name)
{
	const char *const dirs[] = {own_dir(), LIBEXEC, LIBEXEC "/../../bin"};
	for (size_t i = 0; i < NELEM(dirs); i++) {
		char path[PATH_MAX + 64];
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		int found = open(path, O_RDONLY | O_CLOEXEC);
		if (found < 0)
			continue;
		fd_close(fd);
		*fd = found;
		return 0;
	}
	if (*fd >= 0)
		return 0;
	return err_set(ENOENT, "the program %s is neither in %s nor in %s: install warren whole",
		name, dirs[0], LIBEXEC);
}

int programs_open(struct programs *p)
{
	return program_open(&p->daemon, "warren") < 0 ||
			       program_open(&p->monitor, "warren-monitor") < 0 ||
			       program_open(&p->init, "warren-init") < 0 ||
			       program_open(&p->import, "warren-import") < 0
		       ? -1
		       : 0;
}
