#include "mount-helper/build/merge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/layer.h"
#include "mount-helper/build/private.h"
#include "mount-helper/build/stack.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/remove.h"
#include "mount-helper/kit/sys.h"

/* Three descriptors for each level; a process may have 1,024. */
enum { LEVELS = 256, XATTR_NAMES = 64 << 10, XATTR_VALUE = 64 << 10 };

/* What overlayfs keeps in a directory: it hides that of the same name below. */
#define OPAQUE "trusted.overlay.opaque"
/* In it are files that were copied up, whose numbers a listing has to look up. */
#define IMPURE "trusted.overlay.impure"
#define REDIRECT "trusted.overlay.redirect"
#define METACOPY "trusted.overlay.metacopy"

struct merge {
	int level;
	char names[XATTR_NAMES], value[XATTR_VALUE];
};

/* A directory that is being merged: the upper's, or the lower's, or both. */
struct level {
	int out; /* the new one */
	bool bare; /* nothing of a layer below or of the image can be seen in it: a whiteout has
		    * nothing to hide, and in an opaque directory the kernel lists it */
	DIR *up, *low; /* NULL: there is none */
};

static int dir_merge(struct merge *m, const struct level *l);

/* ---- what overlayfs means ---- */

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static bool is_opaque(int dir)
{
	char c = '\0';
	return fgetxattr(dir, OPAQUE, &c, 1) == 1 && c == 'y';
}

/* What our own mounts never make; a layer from before may have it where the kernel's default was
 * another. */
static int not_mergeable(int fd, const char *xattr)
{
	if (fgetxattr(fd, xattr, NULL, 0) < 0)
		return 0;
	return err_set(EOPNOTSUPP, "a layer has %s of overlayfs: it can't be merged", xattr);
}

/* A file of metacopy has a size and no bytes. */
static int file_check(int at, const char *name, const struct stat *st)
{
	if (!S_ISREG(st->st_mode) || st->st_blocks != 0 || st->st_size == 0)
		return 0;
	cleanup_fd int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? err_sys("look at a file of a layer") : not_mergeable(fd, METACOPY);
}

/* ---- directories ---- */

static DIR *dir_list(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	if (d == NULL) {
		err_sys("open a directory of a layer");
		fd_close(&fd);
	}
	return d;
}

static void dir_close(DIR *d)
{
	if (d != NULL)
		closedir(d);
}

/* All of them but `opaque`, which depends on what is below. */
static int xattrs_copy(struct merge *m, int from, int to)
{
	ssize_t n = flistxattr(from, m->names, sizeof(m->names));
	if (n < 0)
		return errno == EOPNOTSUPP ? 0 : err_sys("read a directory's attributes");
	for (const char *name = m->names; name < m->names + n; name += strlen(name) + 1) {
		if (strcmp(name, OPAQUE) == 0)
			continue;
		ssize_t len = fgetxattr(from, name, m->value, sizeof(m->value));
		if (len < 0 || fsetxattr(to, name, m->value, (size_t)len, 0) < 0)
			return err_sys("copy a directory's attribute");
	}
	return 0;
}

/* The kernel takes the set-gid bit away where neither the group is ours nor CAP_FSETID. */
static int mode_like(int dir, const struct stat *st)
{
	setfsgid(st->st_gid);
	int result = fchmod(dir, st->st_mode & 07777);
	setfsgid(0);
	return result;
}

/* Give a new directory what `from` has: last, as its times change with its entries. */
static int dir_like(struct merge *m, int dir, int from, bool opaque)
{
	struct stat st;
	if (fstat(from, &st) < 0 || fchown(dir, st.st_uid, st.st_gid) < 0 ||
	    mode_like(dir, &st) < 0)
		return err_sys("give a directory its owner");
	if (xattrs_copy(m, from, dir) < 0)
		return -1;
	if (opaque && fsetxattr(dir, OPAQUE, "y", 1, 0) < 0)
		return err_sys("mark a directory");
	const struct timespec times[] = {st.st_atim, st.st_mtim};
	return futimens(dir, times) < 0 ? err_sys("set a directory's times") : 0;
}

/* Merge two directories into a new one. hides: below is something else of this name. l->bare is
 * that of the directory it is in. */
static int dirs_merge(struct merge *m, struct level *l, bool hides)
{
	int top = dirfd(l->up != NULL ? l->up : l->low);
	bool opaque =
	    !l->bare && (hides || is_opaque(top) || (l->low != NULL && is_opaque(dirfd(l->low))));
	l->bare = l->bare || opaque;
	if (not_mergeable(top, REDIRECT) < 0 ||
	    (l->low != NULL && not_mergeable(dirfd(l->low), REDIRECT) < 0))
		return -1;
	if (++m->level > LEVELS)
		return err_set(EOPNOTSUPP,
		    "directories are nested deeper than %d: they can't be merged", LEVELS);
	int result = dir_merge(m, l);
	m->level--;
	if (result == 0 && l->low != NULL && fgetxattr(dirfd(l->low), IMPURE, NULL, 0) > 0 &&
	    fsetxattr(l->out, IMPURE, "y", 1, 0) < 0)
		return err_sys("mark a directory");
	return result < 0 ? -1 : dir_like(m, l->out, top, opaque);
}

/* Open the new directory, make it first. */
static int dir_make(int at, const char *name)
{
	if (mkdirat(at, name, 0700) < 0)
		return err_sys("make a directory of a layer");
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys("open a directory of a layer") : fd;
}

/* ---- entries ---- */

static int file_link(const struct level *l, DIR *from, const char *name, const struct stat *st)
{
	if (l->bare && is_whiteout(st))
		return 0;
	if (file_check(dirfd(from), name, st) < 0)
		return -1;
	if (linkat(dirfd(from), name, l->out, name, 0) == 0)
		return 0;
	return err_sys("link a file of a layer");
}

/* A directory in the upper, and what the lower has of that name. */
static int up_dir(struct merge *m, const struct level *l, const char *name)
{
	struct stat st;
	struct level sub = {.out = -1, .bare = l->bare};
	bool there = l->low != NULL && fstatat(dirfd(l->low), name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	bool hides = there && !S_ISDIR(st.st_mode);
	int result = -1;
	if ((sub.up = dir_list(dirfd(l->up), name)) == NULL)
		return -1;
	bool over = there && !hides && !is_opaque(dirfd(sub.up));
	if (over)
		sub.low = dir_list(dirfd(l->low), name);
	if ((!over || sub.low != NULL) && (sub.out = dir_make(l->out, name)) >= 0)
		result = dirs_merge(m, &sub, hides);
	fd_close(&sub.out);
	dir_close(sub.low);
	dir_close(sub.up);
	return result;
}

static int low_dir(struct merge *m, const struct level *l, const char *name)
{
	struct level sub = {.out = -1, .bare = l->bare, .low = dir_list(dirfd(l->low), name)};
	int result = -1;
	if (sub.low != NULL && (sub.out = dir_make(l->out, name)) >= 0)
		result = dirs_merge(m, &sub, false);
	fd_close(&sub.out);
	dir_close(sub.low);
	return result;
}

static bool is_in(int dir, const char *name)
{
	struct stat st;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int entry_merge(struct merge *m, const struct level *l, DIR *from, const char *name)
{
	struct stat st;
	if (from == l->low && l->up != NULL && is_in(dirfd(l->up), name))
		return 0;
	if (fstatat(dirfd(from), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys("look at a file of a layer");
	if (!S_ISDIR(st.st_mode))
		return file_link(l, from, name, &st);
	return from == l->up ? up_dir(m, l, name) : low_dir(m, l, name);
}

static int entries_merge(struct merge *m, const struct level *l, DIR *from)
{
	while (from != NULL) {
		errno = 0;
		const struct dirent *e = readdir(from);
		if (e == NULL)
			return errno != 0 ? err_sys("list a directory of a layer") : 0;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (entry_merge(m, l, from, e->d_name) < 0)
			return -1;
	}
	return 0;
}

static int dir_merge(struct merge *m, const struct level *l)
{
	return entries_merge(m, l, l->up) < 0 ? -1 : entries_merge(m, l, l->low);
}

/* ---- layers ---- */

/* One worker at a time works on a zone's layers: a daemon that died may have left one at work.
 * The lock ends with the descriptor. -1: ENOENT, the zone has no files: it may be gone, and leaves
 * nothing here then */
static int layers_lock(int roots, const char *zone)
{
	char name[STACK_NAME];
	if (!stack_is_there(roots, zone) && !private_is_there(roots, zone))
		return err_set(ENOENT, "the zone has no files");
	stack_name(zone, name);
	cleanup_fd int all = layer_subdir(roots, name);
	if (all < 0)
		return -1;
	return flock(all, LOCK_EX) < 0 ? err_sys("lock the zone's layers") : fd_move(&all);
}

/* Is nothing below the two, over this image? */
static bool is_bottom(int roots, const char *zone, const struct helper_stack *s, uint64_t image)
{
	for (uint32_t i = 2; i < s->depth && image == 0; i++) {
		cleanup_fd int tree = stack_tree(roots, zone, s->layers[i], image);
		if (tree >= 0 || err_code() != ENOENT)
			return false;
	}
	return image == 0;
}

static int tree_list(int roots, const char *zone, uint32_t layer, uint64_t image, DIR **d)
{
	int fd = stack_tree(roots, zone, layer, image);
	if (fd < 0)
		return err_code() == ENOENT ? 0 : -1;
	*d = fdopendir(fd);
	if (*d != NULL)
		return 0;
	fd_close(&fd);
	return err_sys("open a layer");
}

static int image_merge(
    int roots, const char *zone, const struct helper_layers *q, int into, uint64_t image)
{
	static struct merge m;
	struct level l = {.out = -1, .bare = is_bottom(roots, zone, &q->stack, image)};
	char number[24];
	m.level = 0;
	snprintf(number, sizeof(number), "%" PRIu64, image);
	int result = tree_list(roots, zone, q->stack.layers[0], image, &l.up);
	if (result == 0)
		result = tree_list(roots, zone, q->stack.layers[1], image, &l.low);
	if (result == 0 && (l.up != NULL || l.low != NULL) && !is_in(into, number)) {
		cleanup_fd int one = dir_make(into, number);
		l.out = one < 0 ? -1 : dir_make(one, "upper");
		result = l.out < 0 ? -1 : dirs_merge(&m, &l, false);
	}
	fd_close(&l.out);
	dir_close(l.up);
	dir_close(l.low);
	return result;
}

/* Merge over each image that this directory has a number of. */
static int images_merge(
    int roots, const char *zone, const struct helper_layers *q, int into, const char *path)
{
	int fd = sys_openat2(
	    roots, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys("open a layer");
	DIR *d = fdopendir(fd);
	const struct dirent *e;
	int result = 0;
	while (result == 0 && d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			result = image_merge(roots, zone, q, into, strtoull(e->d_name, NULL, 10));
	dir_close(d);
	return result;
}

static int layer_merge(int roots, const char *zone, const struct helper_layers *q, int into)
{
	char path[2 * STACK_NAME];
	if (image_merge(roots, zone, q, into, 0) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		uint32_t n = q->stack.layers[i];
		if (n == 0)
			snprintf(path, sizeof(path), "%s.layers", zone);
		else
			snprintf(path, sizeof(path), "%s.snapshots/%u", zone, n);
		if (images_merge(roots, zone, q, into, path) < 0)
			return -1;
	}
	return syncfs(into) < 0 ? err_sys("sync a layer") : 0;
}

int layers_merge(
    const struct helper *h, const struct helper_layers *q, const struct requester *daemon)
{
	char zone[GROUP_NAME], number[24];
	group_name(q->id, zone);
	snprintf(number, sizeof(number), "%u", q->into);
	cleanup_fd int all = layers_lock(h->dirs.roots, zone);
	if (all < 0)
		return err_code() == ENOENT ? 0 : -1;
	if (requester_is_gone(daemon))
		return err_set(EIO, "the next daemon has deleted that layer");
	if (remove_all(all, number) < 0)
		return -1;
	cleanup_fd int into = dir_make(all, number);
	if (into >= 0 && layer_merge(h->dirs.roots, zone, q, into) == 0)
		return 0;
	struct err why;
	err_copy(&why);
	remove_all(all, number); /* the disk may be full */
	return err_restore(&why);
}

static int layer_drop(int roots, int all, const char *zone, uint32_t layer)
{
	char number[24];
	snprintf(number, sizeof(number), "%u", layer);
	if (layer != 0)
		return remove_all(all, number);
	return layers_remove(roots, zone) < 0 ? -1 : private_forget(roots, zone);
}

int layers_drop(const struct helper *h, const struct helper_layers *q)
{
	char zone[GROUP_NAME];
	group_name(q->id, zone);
	cleanup_fd int all = layers_lock(h->dirs.roots, zone);
	if (all < 0)
		return err_code() == ENOENT ? 0 : -1;
	for (uint32_t i = 0; i < q->stack.depth; i++)
		if (layer_drop(h->dirs.roots, all, zone, q->stack.layers[i]) < 0)
			return -1;
	return 0;
}
