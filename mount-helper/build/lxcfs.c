#include "mount-helper/build/lxcfs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/wire.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"

static const char *const files[LXCFS_FILES] = {
    "cpuinfo", "diskstats", "loadavg", "meminfo", "stat", "swaps", "uptime"};

/* PATIENCE_MS: each boot waits so long for an lxcfs that hangs. */
enum { PATIENCE_MS = 5000, SOCK = 3 };
enum { SEALED = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

static int is_lxcfs(const struct mountinfo *m, void *at)
{
	if (strcmp(m->type, "fuse.lxcfs") != 0 || strcmp(m->root, "/") != 0)
		return 0;
	snprintf(at, PATH_MAX, "%s", m->at);
	return 1;
}

int lxcfs_watch(void)
{
	return open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
}

void lxcfs_find(char at[PATH_MAX])
{
	if (mountinfo_each(is_lxcfs, at) != 1)
		at[0] = '\0';
}

/* A cached lookup succeeds even if the FUSE server is dead, so read a byte. */
static bool is_answering(int file)
{
	struct statx x;
	return statx(file, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_INO, &x) == 0;
}

static int open_one(const char *at, const char *file)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof(path), "%s/proc/%s", at, file);
	cleanup_fd int fd = mount_clone(AT_FDCWD, path);
	return fd >= 0 && is_answering(fd) && mount_set(fd, SEALED, -1) == 0 ? fd_move(&fd) : -1;
}

/* A process of its own opens the files, as it stays for ever if lxcfs hangs. It holds nothing but
 * its socket. It says by bits which of the files it sends. */
static _Noreturn void files_open(int sock, const char *at)
{
	int fds[LXCFS_FILES], n = 0;
	uint32_t which = 0;
	if (dup2(sock, SOCK) != SOCK || sys_close_range(SOCK + 1, 0) < 0)
		_exit(1);
	for (unsigned i = 0; i < NELEM(files); i++)
		if ((fds[n] = open_one(at, files[i])) >= 0) {
			which |= 1U << i;
			n++;
		}
	wire_send(SOCK, &which, sizeof(which), fds, n);
	_exit(0);
}

static void opened_receive(struct boot *b, int sock, pid_t pid)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	int fds[LXCFS_FILES], n = 0, got, next = 0;
	uint32_t which = 0;
	while ((got = poll(&p, 1, PATIENCE_MS)) < 0 && errno == EINTR)
		;
	if (got == 0) {
		log_warn("lxcfs does not answer: zones boot without");
		kill(pid, SIGKILL);
		return;
	}
	wire_recv(sock, &which, sizeof(which), fds, LXCFS_FILES, &n);
	waitpid(pid, NULL, 0);
	for (unsigned i = 0; i < LXCFS_FILES; i++)
		if ((which & 1U << i) != 0 && next < n)
			b->lxcfs[i] = fds[next++];
}

void lxcfs_open(struct boot *b)
{
	int ends[2];
	if (b->h->lxcfs[0] == '\0' ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	cleanup_fd int ours = ends[0], theirs = ends[1];
	pid_t pid = fork();
	if (pid == 0)
		files_open(theirs, b->h->lxcfs);
	fd_close(&theirs);
	if (pid > 0)
		opened_receive(b, ours, pid);
}

int lxcfs_attach(const struct boot *b)
{
	char path[32];
	for (size_t i = 0; i < NELEM(files); i++) {
		snprintf(path, sizeof(path), "proc/%s", files[i]);
		if (b->lxcfs[i] >= 0 && mount_attach(b->lxcfs[i], AT_FDCWD, path) < 0)
			return -1;
	}
	return 0;
}
