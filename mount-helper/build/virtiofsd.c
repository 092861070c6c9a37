#include "mount-helper/build/virtiofsd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/image/jail.h"
#include "mount-helper/kit/inherit.h"

/* Its help has 6 KB in Rust. */
enum { HELP_MAX = 64 << 10, PATIENCE_MS = 10000 };

static char name[] = "virtiofsd";

/* Where distributions have it, and where QEMU before 8.0 brought its own. */
int virtiofsd_open(void)
{
	static const char *const places[] = {
	    "/usr/libexec/virtiofsd", "/usr/lib/virtiofsd", "/usr/lib/qemu/virtiofsd"};
	for (size_t i = 0; i < NELEM(places); i++) {
		int fd = open(places[i], O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return err_set(EOPNOTSUPP, "there is no virtiofsd: install it (virtiofsd, or "
				   "qemu-system-common before Debian 13)");
}

/* ---- which of the two ---- */

static _Noreturn void help_exec(int program, int null, int out)
{
	static char help[] = "--help";
	char *argv[] = {name, help, NULL}, *env[] = {NULL};
	int fds[] = {null, out, null};
	inherit_exec(fds, NELEM(fds), program, argv, env);
	_exit(1);
}

/* What it prints, up to its end or the end of our patience. */
static void help_read(int in, char text[HELP_MAX])
{
	size_t n = 0;
	struct pollfd p = {.fd = in, .events = POLLIN};
	while (n < HELP_MAX - 1 && poll(&p, 1, PATIENCE_MS) == 1) {
		ssize_t got = read(in, text + n, HELP_MAX - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
}

int virtiofsd_is_new(int program, int null)
{
	static char text[HELP_MAX];
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys("pipe");
	cleanup_fd int in = ends[0], out = ends[1];
	pid_t pid = fork();
	if (pid == 0)
		help_exec(program, null, out);
	fd_close(&out);
	if (pid < 0)
		return err_sys("ask virtiofsd");
	help_read(in, text);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return strstr(text, "--shared-dir") != NULL;
}

/* ---- becoming it ---- */

/* The one in Rust takes what the other has behind -o, too, as long as that is not dropped. It drops
 * its own capabilities, and changes no limit of files either. */
int virtiofsd_exec(int program, int null, int listener, int alive)
{
	static char fd[] = "--fd=3", files[] = "--rlimit-nofile=0", front[] = "-f", option[] = "-o",
		    old[] = "source=" JAIL_OWN ",sandbox=chroot",
		    shared[] = "--shared-dir=" JAIL_OWN, sandbox[] = "--sandbox=chroot";
	char *const of_qemu[] = {name, fd, files, front, option, old, NULL};
	char *const in_rust[] = {name, fd, files, shared, sandbox, NULL}, *const env[] = {NULL};
	int fds[] = {null, null, null, listener, alive};
	int new = virtiofsd_is_new(program, null);
	return new < 0 ? -1 : inherit_exec(fds, NELEM(fds), program, new ? in_rust : of_qemu, env);
}
