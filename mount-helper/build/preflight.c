#include "mount-helper/build/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "mount-helper/build/vmfiles.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/hostmount/owner.h"
#include "mount-helper/kit/aside.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/net/nicset.h"

static int hostmounts_look(const struct helper *h, const struct helper_preflight *q, int list)
{
	struct helper_hostmount *want;
	if (hostmount_list_read(h, q->id, list, q->hostmounts, &want) < 0)
		return -1;
	struct hostmount *s = xcalloc(q->hostmounts + 1, sizeof(*s));
	for (unsigned i = 0; i < q->hostmounts; i++)
		s[i] = (struct hostmount){.want = &want[i], .mnt = -1};
	int r = hostmounts_open(s, q->hostmounts, q->uids.base, -1);
	hostmounts_close(s, q->hostmounts);
	free(s);
	free(want);
	return r;
}

static int image_look(const struct helper *h, uint64_t image)
{
	char name[GROUP_NAME];
	if (image == 0)
		return 0;
	group_name(image, name);
	cleanup_fd int dir = sys_openat2(h->dirs.images, name, O_PATH | O_DIRECTORY | O_CLOEXEC,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	return dir < 0 ? err_sys("open the image") : 0;
}

/* ---- the program of process 1, as init/command.c finds it ---- */

/* Open the root of a process of the zone's, which its monitor may look at. */
static int root_open(const struct helper_preflight *q)
{
	char path[48];
	snprintf(path, sizeof(path), "/proc/%d/root", (int)q->pid);
	if (setresuid((uid_t)-1, uids_monitor(&q->uids), (uid_t)-1) < 0)
		return err_sys("take the monitor's uid");
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	setfsuid(0);
	return fd;
}

/* 0, or why it can't be process 1, as an errno; EIO: can't be told. */
static int program_look(int root, const char *path)
{
	static const char tail[] = "/lib/systemd/systemd";
	char link[40], real[PATH_MAX];
	struct stat st;
	cleanup_fd int fd =
	    sys_openat2(root, path, O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 || fstat(fd, &st) < 0) /* a zone's own FUSE mount lets nobody else in */
		return errno == EACCES ? EIO : errno;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return EACCES;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, real, sizeof(real));
	bool systemd = n >= (ssize_t)sizeof(tail) - 1 &&
		       memcmp(real + n - (sizeof(tail) - 1), tail, sizeof(tail) - 1) == 0;
	return systemd && faccessat(root, "sys/fs/cgroup/cgroup.procs", F_OK, 0) < 0 ? EOPNOTSUPP
										     : 0;
}

static int program_search(int root, const char *program, const char *dirs)
{
	char path[PATH_MAX];
	int code = ENOENT;
	if (strchr(program, '/') != NULL)
		return program_look(root, program);
	for (;; dirs++) {
		size_t n = strcspn(dirs, ":");
		int len = snprintf(path, sizeof(path), "%.*s/%s", (int)n, dirs, program);
		int found = len < (int)sizeof(path) ? program_look(root, path) : ENOENT;
		if (found == 0)
			return 0;
		if (found != ENOENT && found != ENOTDIR)
			code = found;
		dirs += n;
		if (*dirs == '\0')
			return code;
	}
}

/* Why a program can't be process 1, in the words of init/command.c. */
static int program_refuse(int code, const char *program)
{
	char name[256];
	word_quote(program, name, sizeof(name));
	switch (code) {
	case EACCES:
		return err_set(
		    code, "init: \"%s\" may not be executed: give the path of a program", name);
	case EOPNOTSUPP:
		return err_set(code,
		    "init: \"%s\" is systemd, which needs a host with control groups v2 alone: "
		    "give another init, or boot the host with "
		    "systemd.unified_cgroup_hierarchy=1",
		    name);
	default:
		return err_set(ENOENT,
		    "init: no such program \"%s\" in this zone: give the path of one", name);
	}
}

/* Returns any descriptor if nothing is wrong, for aside(). */
static int program_aside(const void *arg)
{
	const struct helper_preflight *q = arg;
	int root = root_open(q);
	int code = root < 0 ? 0 : program_search(root, q->program, q->path);
	if (code == ENOENT || code == EACCES || code == EOPNOTSUPP)
		return program_refuse(code, q->program);
	return root >= 0 ? root : open("/", O_PATH | O_CLOEXEC);
}

/* A failure to look is left to the boot: a zone may have mounted a file system that never
 * answers */
static int init_look(const struct helper_preflight *q)
{
	if (q->pid == 0)
		return 0;
	cleanup_fd int fd = aside(program_aside, q, "init");
	return fd < 0 && err_code() != EIO ? -1 : 0;
}

int preflight(const struct helper *h, const struct helper_preflight *q, int list)
{
	if (nics_look(h, q->nics) < 0)
		return -1;
	if (q->files > 0)
		return vmfiles_look(h, q->id, list, q->files, q->uids.base + QEMU_UID);
	return hostmounts_look(h, q, list) < 0 || image_look(h, q->image) < 0 ? -1 : init_look(q);
}
