#include "mount-helper/build/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/bind.h"
#include "mount-helper/build/layer.h"
#include "mount-helper/build/private.h"
#include "mount-helper/kit/mount.h"
#include "mount-helper/kit/remove.h"
#include "mount-helper/kit/sys.h"

enum { PATH_ROOM = 128, POINT_ROOM = 16 };

void stack_name(const char *zone, char to[STACK_NAME])
{
	snprintf(to, STACK_NAME, "%s.snapshots", zone);
}

static int dir_open(int at, const char *path)
{
	return sys_openat2(
	    at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int stack_tree(int roots, const char *zone, uint32_t layer, uint64_t image)
{
	char path[PATH_ROOM];
	if (layer != 0)
		snprintf(
		    path, sizeof(path), "%s.snapshots/%u/%" PRIu64 "/upper", zone, layer, image);
	else if (image != 0)
		snprintf(path, sizeof(path), "%s.layers/%" PRIu64 "/upper", zone, image);
	else
		snprintf(path, sizeof(path), "%s", zone);
	int fd = dir_open(roots, path);
	return fd < 0 ? err_sys("open a layer of the zone's files") : fd;
}

/* The directory of the top over b's image, {upper,work}, made where there is none. */
static int top_dir(int roots, const struct boot *b)
{
	char number[24];
	snprintf(number, sizeof(number), "%u", b->want->stack.layers[0]);
	char name[STACK_NAME];
	stack_name(b->name, name);
	cleanup_fd int all = layer_subdir(roots, name);
	cleanup_fd int one = all < 0 ? -1 : layer_subdir(all, number);
	snprintf(number, sizeof(number), "%" PRIu64, b->want->image);
	return one < 0 ? -1 : layer_subdir(one, number);
}

int stack_top(int roots, const struct boot *b, mode_t mode)
{
	if (b->want->stack.layers[0] == 0 && b->want->image != 0)
		return layer_open(roots, b->name, b->want->image, b->root_uid, mode);
	cleanup_fd int one = top_dir(roots, b);
	return one < 0 || layer_fill(one, b->root_uid, mode) < 0 ? -1 : fd_move(&one);
}

static int lowers_open(struct boot *b)
{
	const struct helper_stack *s = &b->want->stack;
	for (uint32_t i = 1; i < s->depth; i++) {
		cleanup_fd int tree =
		    stack_tree(b->h->dirs.roots, b->name, s->layers[i], b->want->image);
		if (tree < 0 && err_code() == ENOENT)
			continue;
		int mnt = tree < 0 ? -1 : mount_clone(tree, "");
		if (mnt < 0)
			return tree < 0 ? -1 : err_sys("take a layer of the zone's files");
		b->lowers[b->nlowers++] = mnt;
	}
	return 0;
}

/* Plain files, which lie over nothing. */
static int plain_open(struct boot *b)
{
	const int roots = b->h->dirs.roots;
	if (b->want->stack.layers[0] == 0) {
		b->own = private_open(roots, b->name, b->root_uid);
	} else {
		cleanup_fd int top = top_dir(roots, b);
		b->own = top < 0 ? -1 : private_open(top, "upper", b->root_uid);
	}
	return b->own < 0 ? -1 : 0;
}

int stack_open(struct boot *b)
{
	if (lowers_open(b) < 0)
		return -1;
	if (b->want->image != 0)
		return 0; /* the top is opened with the image (overlay.c) */
	if (b->nlowers == 0)
		return plain_open(b);
	cleanup_fd int top = stack_top(b->h->dirs.roots, b, 0700);
	if (top < 0)
		return -1;
	b->layer = mount_clone(top, "");
	return b->layer < 0 ? err_sys("take the zone's layer") : 0;
}

/* ---- mounted ---- */

/* Attach at /NAME of the new root, in a directory of its own. */
static int point_attach(const struct boot *b, int mnt, const char *name)
{
	if (mkdirat(b->rootfs, name, 0755) < 0)
		return err_sys("make a directory");
	return mount_attach(mnt, b->rootfs, name);
}

static void point_detach(const struct boot *b, const char *name)
{
	char path[POINT_ROOM + 1];
	snprintf(path, sizeof(path), "/%s", name);
	sys_umount(path, SYS_DETACH);
	unlinkat(b->rootfs, name, AT_REMOVEDIR);
}

static const char *lower_point(int i, char name[POINT_ROOM])
{
	snprintf(name, POINT_ROOM, "l%d", i);
	return name;
}

/* The layers' lowerdir, by mount points. With fsopen a string could have 256 bytes, too few for
 * all of them, and before 6.8 there is no other way to name them. */
static int points_attach(const struct boot *b, struct buf *options)
{
	char name[POINT_ROOM];
	buf_str(options, "lowerdir=");
	for (int i = 0; i < b->nlowers; i++) {
		if (point_attach(b, b->lowers[i], lower_point(i, name)) < 0)
			return -1;
		buf_printf(options, "%s/%s", i > 0 ? ":" : "", name);
	}
	if (b->image >= 0) {
		if (point_attach(b, b->image, "image") < 0)
			return -1;
		buf_str(options, ":/image");
	}
	buf_str(options, ",upperdir=/layer/upper,workdir=/layer/work"
			 ",index=off,redirect_dir=off,metacopy=off");
	return point_attach(b, b->layer, "layer");
}

static void points_detach(const struct boot *b)
{
	char name[POINT_ROOM];
	point_detach(b, "over");
	for (int i = 0; i < b->nlowers; i++)
		point_detach(b, lower_point(i, name));
	point_detach(b, "image");
	point_detach(b, "layer");
}

int stack_mount(struct boot *b)
{
	struct buf options = {0};
	int mnt = -1;
	if (points_attach(b, &options) == 0) {
		if (mkdirat(b->rootfs, "over", 0755) < 0 ||
		    sys_mount("overlay", "/over", "overlay", MS_NODEV, buf_text(&options)) < 0)
			err_sys("mount the zone's layers");
		else if ((mnt = mount_clone(b->rootfs, "over")) < 0)
			err_sys("take the zone's layers");
	}
	points_detach(b);
	buf_finish(&options);
	if (mnt >= 0 && mount_set(mnt, MOUNT_ATTR_NODEV | boot_nosuid(b), -1) < 0)
		fd_close(&mnt);
	return mnt;
}

int stack_bind(struct boot *b, const struct bind_row *rows, size_t n)
{
	if (b->nlowers == 0)
		return 0;
	cleanup_fd int mnt = stack_mount(b);
	if (mnt < 0 || point_attach(b, mnt, "own") < 0)
		return -1;
	int result = 0;
	for (size_t i = 0; i < n && result == 0; i++)
		result = bind_add(b, mnt, &rows[i]);
	point_detach(b, "own");
	return result;
}

/* ---- removed ---- */

bool stack_is_there(int roots, const char *zone)
{
	char name[STACK_NAME];
	stack_name(zone, name);
	return faccessat(roots, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int stack_remove(int roots, const char *zone)
{
	char name[STACK_NAME];
	stack_name(zone, name);
	return remove_all(roots, name);
}
