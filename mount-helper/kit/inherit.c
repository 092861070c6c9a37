#include "mount-helper/kit/inherit.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"
#include "mount-helper/kit/sys.h"

enum { CLOSE_AT_EXEC = 4 /* CLOSE_RANGE_CLOEXEC */ };

static int keep_move(int *fd, int n)
{
	if (*fd < 0 || *fd >= n)
		return 0;
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, n);
	return *fd < 0 ? err_sys("move a descriptor") : 0;
}

int inherit_fds(int *from, int n, int *keep)
{
	if (keep_move(keep, n) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (from[i] != i && keep_move(&from[i], n) < 0)
			return -1;
	for (int i = 0; i < n; i++) {
		if (from[i] == i ? fcntl(i, F_SETFD, 0) < 0 : from[i] >= 0 && dup2(from[i], i) < 0)
			return err_sys("place descriptor %d", i);
		if (from[i] < 0)
			close(i);
	}
	/* all of the helper's are close-on-exec; any other must not reach a zone either */
	return sys_close_range((unsigned)n, CLOSE_AT_EXEC) < 0 ? err_sys("close descriptors") : 0;
}

int inherit_exec(int *from, int n, int program, char *const argv[], char *const env[])
{
	if (inherit_fds(from, n, &program) < 0)
		return -1;
	fexecve(program, argv, env);
	return err_sys("run %s", argv[0]);
}
