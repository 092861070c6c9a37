#include "mount-helper/kit/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"

/* The directory that this program was started from: all lie side by side. */
static const char *own_dir(void)
{
	static char dir[PATH_MAX]; /* read once: after an upgrade the link ends with "(deleted)" */
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
	char path[PATH_MAX + 64];
	snprintf(path, sizeof(path), "%s/%s", own_dir(), name);
	int found = open(path, O_RDONLY | O_CLOEXEC);
	if (found >= 0) {
		fd_close(fd);
		*fd = found;
	}
	if (*fd >= 0)
		return 0;
	return err_set(
	    errno, "open the program %s: %s: install warren whole", path, strerror(errno));
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
