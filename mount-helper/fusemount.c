#include "mount-helper/fusemount.h"

#include <errno.h>
#include <stdbool.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/sys.h"

static int topmost_is_ours(const struct mountinfo *m, void *arg)
{
	const char **want = arg;
	if (strcmp(m->at, want[0]) == 0)
		want[1] = strcmp(m->type, "fuse.warren") == 0 ? "yes" : NULL;
	return 0;
}

int fusemount_check(const char *mountpoint)
{
	const char *found[2] = {mountpoint, NULL};
	if (mountinfo_each(topmost_is_ours, found) < 0)
		return -1;
	struct stat st;
	int r = stat(mountpoint, &st), code = errno;
	if (found[1] != NULL && r < 0 && code == ENOTCONN) {
		if (sys_umount(mountpoint, SYS_DETACH) < 0)
			return err_sys("take away the dead mount at %s", mountpoint);
		return fusemount_check(mountpoint);
	}
	if (found[1] != NULL)
		return err_set(
		    EEXIST, "a warren is mounted at %s already: unmount it first", mountpoint);
	errno = code;
	if (r < 0)
		return err_sys("mount point %s", mountpoint);
	if (!S_ISDIR(st.st_mode))
		return err_set(ENOTDIR, "mount point %s is not a directory", mountpoint);
	return 0;
}

/* Read the mount's device number, by which the kernel tells of every file whether it is of this
 * tree. Must not ask the daemon, as there is none yet. */
static int device_read(const char *mountpoint, dev_t *device)
{
	struct statx x;
	if (statx(AT_FDCWD, mountpoint, AT_STATX_DONT_SYNC, STATX_TYPE, &x) < 0)
		return err_sys("look at the mount at %s", mountpoint);
	*device = makedev(x.stx_dev_major, x.stx_dev_minor);
	return 0;
}

/* nosymfollow: the tree has no links, and a daemon that makes some must not redirect a write
 * (look.h). */
int fusemount_make(const char *source, const char *mountpoint, unsigned long flags, dev_t *device)
{
	cleanup_fd int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return err_set(
		    EOPNOTSUPP, "/dev/fuse is missing: this kernel needs FUSE (modprobe fuse)");
	if (fuse < 0)
		return err_sys("open /dev/fuse");
	char data[128];
	snprintf(data, sizeof(data),
	    "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions", fuse);
	if (sys_mount(source, mountpoint, "fuse.warren", flags | MS_NOSYMFOLLOW, data) < 0)
		return err_sys("mount at %s", mountpoint);
	if (device_read(mountpoint, device) < 0) {
		sys_umount(mountpoint, SYS_DETACH);
		return -1;
	}
	return fd_move(&fuse);
}

void fusemount_remove(const char *mountpoint, int fuse)
{
	struct pollfd p = {.fd = fuse};
	if (poll(&p, 1, 0) ==
	    0) /* else POLLERR: it is unmounted, and another may be in its place */
		sys_umount(mountpoint, SYS_DETACH);
}
