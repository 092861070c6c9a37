#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/bind.h"
#include "mount-helper/build/vmdevice.h"
#include "mount-helper/build/vmroot.h"
#include "mount-helper/kit/node.h"
#include "mount-helper/net/pasta.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"

enum { SEALED = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

/* The loader's path is built into programs. */
static const char *const links[][2] = {{"lib", "usr/lib"}, {"lib64", "usr/lib64"}};

static const char *const copies[2] = {"kernel", "initrd"};

/* A file that everybody may read is shown as it lies on the host; QEMU's uid could not read
 * another, which is copied. */
int vmroot_copy_add(struct boot *b, int which, int fd)
{
	static const struct bind_row shown[2] = {
	    {"", "kernel", SEALED, false, true},
	    {"", "initrd", SEALED, false, true},
	};
	cleanup_fd int file = fd;
	struct stat st;
	if (fstat(file, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		return bind_add(b, file, &shown[which]);
	b->copy_from[which] = fd_move(&file);
	return 0;
}

/* Written through a second mount: the root's own could not become read-only with a writer on it. */
int vmroot_files(struct boot *b)
{
	cleanup_fd int side =
	    sys_open_tree(b->rootfs, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (side < 0)
		return err_sys("clone the root");
	for (size_t i = 0; i < NELEM(copies); i++) {
		if (b->copy_from[i] < 0)
			continue;
		b->copy_to[i] =
		    openat(side, copies[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		if (b->copy_to[i] < 0)
			return err_sys("make /%s", copies[i]);
	}
	return 0;
}

/* A kvm of its own, as the host's is for root alone; null because QEMU tries locks on it. */
static int devices_make(struct boot *b)
{
	struct stat st;
	if (mkdirat(b->rootfs, "dev", 0755) < 0)
		return err_sys("make /dev");
	if (node_make(b->rootfs, "dev/null", 1, 3, 0666) < 0)
		return -1;
	if (b->kvm >= 0 && (fstat(b->kvm, &st) < 0 || !S_ISCHR(st.st_mode)))
		return err_set(EOPNOTSUPP, "/dev/kvm is not a device");
	setfsuid(b->root_uid + QEMU_UID);
	int r = vmdevice_nodes(b);
	if (r == 0 && b->kvm >= 0)
		r = node_make(b->rootfs, "dev/kvm", major(st.st_rdev), minor(st.st_rdev), 0600);
	setfsuid(b->root_uid);
	return r;
}

static int text_make(struct boot *b, const char *path, const char *text)
{
	cleanup_fd int file =
	    openat(b->rootfs, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (file < 0 || fd_write_all(file, text, strlen(text)) < 0)
		return err_sys("make /%s", path);
	return 0;
}

/* For guests of QEMU's own network, which may get that while they run. */
static int names_make(struct boot *b)
{
	if (mkdirat(b->rootfs, "etc", 0755) < 0)
		return err_sys("make /etc");
	return text_make(b, "etc/resolv.conf", "nameserver " PASTA_NAMES "\n");
}

/* The bytes of a huge page of x86-64, by which QEMU divides memory that comes later; it would
 * complain in the log, and take as many. */
static int pages_make(struct boot *b)
{
	static const char *const dirs[] = {
	    "sys", "sys/kernel", "sys/kernel/mm", "sys/kernel/mm/transparent_hugepage"};
	for (size_t i = 0; i < NELEM(dirs); i++)
		if (mkdirat(b->rootfs, dirs[i], 0755) < 0 && errno != EEXIST)
			return err_sys("make /%s", dirs[i]);
	return text_make(b, "sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n");
}

int vmroot_finish(struct boot *b)
{
	for (size_t i = 0; i < NELEM(links); i++)
		if (symlinkat(links[i][1], b->rootfs, links[i][0]) < 0)
			return err_sys("make /%s", links[i][0]);
	if (devices_make(b) < 0 || names_make(b) < 0 || pages_make(b) < 0 || binds_attach(b) < 0)
		return -1;
	return mount_set(b->rootfs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, -1);
}
