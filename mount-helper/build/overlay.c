/* The root of a zone on an image: the image read-only below, its owners shifted to the zone's by
 * the mount, and the zone's own layer above (overlayfs; the kernel's
 * Documentation/filesystems/overlayfs.rst).
 *
 * The overlay is the host's, not the zone's user namespace's, as all mounts of a root are: so it is
 * locked, and the zone's own mounts can't reach the layers. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/overlay.h"
#include "mount-helper/build/rootfs.h"
#include "mount-helper/build/stack.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"
#include "mount-helper/kit/userns.h"

enum {
	PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, /* of the layers; what counts is the overlay's
						       * own */
	SHIFTED = PLAIN | MOUNT_ATTR_RDONLY | MOUNT_ATTR_IDMAP
};

static bool kernel_is_older(unsigned major, unsigned minor)
{
	struct utsname u;
	unsigned a = 0, b = 0;
	return uname(&u) == 0 && sscanf(u.release, "%u.%u", &a, &b) == 2 &&
	       (a < major || (a == major && b < minor));
}

static int layer_shift(int mnt, uid_t to)
{
	cleanup_fd int userns = userns_make(UID_IMAGES, to);
	struct mount_attr a = {.attr_set = SHIFTED, .userns_fd = (unsigned)userns};
	if (userns < 0)
		return -1;
	if (sys_mount_setattr(mnt, &a) == 0)
		return 0;
	if (errno != EINVAL && errno != EOPNOTSUPP)
		return err_sys("shift the image's owners");
	return err_set(EOPNOTSUPP,
	    "the file system of state= can't be id-mapped: give state= on ext4, xfs or btrfs");
}

int overlay_open(struct boot *b)
{
	char name[GROUP_NAME];
	struct stat st;
	group_name(b->want->image, name);
	cleanup_fd int image = sys_openat2(b->h->dirs.images, name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (image < 0 || fstat(image, &st) < 0)
		return err_sys("open the image");
	cleanup_fd int layer = stack_top(b->h->dirs.roots, b, st.st_mode & 07777);
	if (layer < 0)
		return -1;
	if ((b->image = mount_clone(image, "")) < 0 || (b->layer = mount_clone(layer, "")) < 0)
		return err_sys("take the image");
	return layer_shift(b->image, b->root_uid);
}

/* Once made, an overlay keeps its layers. Before 6.15 the kernel takes only layers that are
 * attached in the caller's mount namespace. */
static int overlay_new(const char *const *options, uint64_t attr)
{
	int mnt = mount_new("overlay", options, attr);
	if (mnt >= 0 || !kernel_is_older(5, 19))
		return mnt;
	return err_set(EOPNOTSUPP,
	    "overlayfs of this kernel takes no id-mapped image: Linux 5.19 or later is needed");
}

/* The image with the zone's layer alone. */
static int one_mount(const struct boot *b)
{
	static const char *const options[] = {
	    "lowerdir", "/image", "upperdir", "/layer/upper", "workdir", "/layer/work", NULL};
	if (mkdirat(b->rootfs, "image", 0755) < 0 || mkdirat(b->rootfs, "layer", 0755) < 0)
		return err_sys("make a directory");
	if (mount_attach(b->image, b->rootfs, "image") < 0 ||
	    mount_attach(b->layer, b->rootfs, "layer") < 0)
		return -1;
	int mnt = overlay_new(options, MOUNT_ATTR_NODEV | boot_nosuid(b));
	if (mnt >= 0 &&
	    (sys_umount("/image", SYS_DETACH) < 0 || sys_umount("/layer", SYS_DETACH) < 0))
		return err_sys("detach the layers");
	return mnt;
}

int overlay_mount(struct boot *b)
{
	int mnt = b->nlowers > 0 ? stack_mount(b) : one_mount(b);
	if (mnt < 0)
		return -1;
	b->rootfs = mnt;
	return rootfs_enter(b);
}

/* Tries it with the directory of all images, which is on the same file system and may be mapped to
 * anybody. */
int overlay_probe(const struct helper *h)
{
	static const char *const none[] = {NULL};
	static const char *const options[] = {"lowerdir", "/image:/other", NULL};
	cleanup_fd int image = mount_clone(h->dirs.images, "");
	if (image < 0)
		return err_sys("take the images");
	if (layer_shift(image, UID_IMAGES) < 0)
		return -1;
	if (setns(h->template, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys("make a mount namespace");
	cleanup_fd int root = mount_new("tmpfs", none, PLAIN);
	if (root < 0 || mount_attach(root, AT_FDCWD, "/") < 0)
		return -1;
	if (chdir("/..") < 0 || chroot(".") < 0)
		return err_sys("enter an empty root");
	if (mkdirat(root, "image", 0755) < 0 || mkdirat(root, "other", 0755) < 0)
		return err_sys("make a directory");
	if (mount_attach(image, root, "image") < 0)
		return -1;
	cleanup_fd int mnt = overlay_new(options, PLAIN);
	return mnt < 0 ? -1 : 0;
}
