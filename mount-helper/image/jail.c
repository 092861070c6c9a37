#include "mount-helper/image/jail.h"

#include <sched.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"

enum { SEALED = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

/* The loader's path is built into programs. */
static const char *const links[][2] = {{"lib", "usr/lib"}, {"lib64", "usr/lib64"}};

/* proc -1: none */
static int fill(int root, int usr, int own, int proc)
{
	if (mkdirat(root, "usr", 0755) < 0 || mkdirat(root, "own", 0755) < 0 ||
	    (proc >= 0 && mkdirat(root, "proc", 0755) < 0))
		return err_sys("make a directory in the jail");
	for (size_t i = 0; i < NELEM(links); i++)
		if (symlinkat(links[i][1], root, links[i][0]) < 0)
			return err_sys("make /%s", links[i][0]);
	if (mount_attach(usr, root, "usr") < 0 || mount_attach(own, root, "own") < 0 ||
	    (proc >= 0 && mount_attach(proc, root, "proc") < 0))
		return -1;
	return mount_set(root, SEALED, -1);
}

/* Over "/", not beside it, so that it is no chroot: one could not make a user namespace in that. */
static int root_enter(int root)
{
	if (mount_attach(root, AT_FDCWD, "/") < 0)
		return -1;
	return chdir("/..") < 0 || chroot(".") < 0 ? err_sys("enter the jail") : 0;
}

static int enter(const struct helper *h, int own, int proc)
{
	static const char *const options[] = {"mode", "0755", "size", "64k", NULL};
	cleanup_fd int usr = mount_clone(AT_FDCWD, "/usr");
	if (usr < 0)
		return err_sys("take what the jail shows");
	if (mount_set(usr, SEALED, -1) < 0)
		return -1;
	if (setns(h->template, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys("make a mount namespace");
	cleanup_fd int root = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return root < 0 || root_enter(root) < 0 ? -1 : fill(root, usr, own, proc);
}

int jail_enter(const struct helper *h, int own, uint64_t attr)
{
	cleanup_fd int there = mount_clone(own, "");
	if (there < 0)
		return err_sys("take what the jail shows");
	return mount_set(there, attr, -1) < 0 ? -1 : enter(h, there, -1);
}

int jail_enter_mount(const struct helper *h, int own)
{
	static const char *const none[] = {NULL};
	cleanup_fd int proc = mount_new("proc", none, SEALED | MOUNT_ATTR_NOEXEC);
	return proc < 0 ? -1 : enter(h, own, proc);
}
