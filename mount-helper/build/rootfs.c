#include "mount-helper/build/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <termios.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/bind.h"
#include "mount-helper/build/metadata.h"
#include "base/word.h"
#include "mount-helper/hostmount/attach.h"
#include "mount-helper/kit/node.h"
#include "mount-helper/build/stack.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"

enum {
	PLAIN = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	INERT = PLAIN | MOUNT_ATTR_NOEXEC,
	SEALED = INERT | MOUNT_ATTR_RDONLY,
	/* has programs: boot_nosuid adds MOUNT_ATTR_NOSUID or not */
	PROGRAMS = MOUNT_ATTR_NODEV,
	HOSTS_PROGRAMS = PROGRAMS | MOUNT_ATTR_RDONLY,
	TTY_GID = 5
};

/* Set-uid programs of the host's root are the zone's root's here, because the mount shifts their
 * owners. Programs of owners that it can't shift belong to nobody, and their set-uid bit has no
 * effect. */
static const struct bind_row usr = {"/usr", "usr", HOSTS_PROGRAMS, true, false};

/* Public parts of the host's /etc that belong to its /usr, where containers expect the host's
 * things. Links in the zone's /etc lead here. */
static const struct bind_row host_etc[] = {
    {"/etc/alternatives", "run/host/alternatives", SEALED, false, false},
    {"/etc/ld.so.cache", "run/host/ld.so.cache", SEALED, false, true},
    {"/etc/ssl/certs", "run/host/certs", SEALED, false, false},
};

static const struct bind_row private_dirs[] = {
    {"etc", "etc", PROGRAMS, false, false},
    {"var", "var", PROGRAMS, false, false},
    {"root", "root", PROGRAMS, false, false},
    {"home", "home", PROGRAMS, false, false},
};

/* Links into /usr on most hosts, directories on others. */
static const struct bind_row beside_usr[] = {
    {"/bin", "bin", HOSTS_PROGRAMS, true, false},
    {"/sbin", "sbin", HOSTS_PROGRAMS, true, false},
    {"/lib", "lib", HOSTS_PROGRAMS, true, false},
    {"/lib32", "lib32", HOSTS_PROGRAMS, true, false},
    {"/lib64", "lib64", HOSTS_PROGRAMS, true, false},
    {"/libx32", "libx32", HOSTS_PROGRAMS, true, false},
};
static char link_text[NELEM(beside_usr)][64]; /* "": not a link */

static const struct {
	const char *path;
	mode_t mode;
} dirs[] = {
    {"proc", 0555},
    {"sys", 0555},
    {"tmp", 01777},
    {"run", 0755},
    {"run/lock", 01777},
    {METADATA_AT, 0750},
    {"dev", 0755},
    {"dev/pts", 0755},
    {"dev/shm", 01777},
    {"mnt", 0755},
    {"opt", 0755},
    {"srv", 0755},
};

static const struct {
	const char *at;
	uint64_t attr;
} writable[] = {
    {"tmp", PLAIN},
    {"run", PLAIN},
    {"dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC},
    /* mounts of their own, else systemd makes them some, which is refused */
    {"run/lock", INERT},
    {"dev/shm", PLAIN},
};

static const struct {
	const char *name;
	unsigned minor, major;
} nodes[] = {
    {"dev/null", 3, 1},
    {"dev/zero", 5, 1},
    {"dev/full", 7, 1},
    {"dev/random", 8, 1},
    {"dev/urandom", 9, 1},
    {"dev/tty", 0, 5},
};

static const struct {
	const char *path, *to;
} links[] = {
    {"dev/fd", "/proc/self/fd"},
    {"dev/stdin", "/proc/self/fd/0"},
    {"dev/stdout", "/proc/self/fd/1"},
    {"dev/stderr", "/proc/self/fd/2"},
    {"dev/ptmx", "pts/ptmx"},
};

void rootfs_probe(void)
{
	for (size_t i = 0; i < NELEM(beside_usr); i++) {
		ssize_t n = readlink(beside_usr[i].from, link_text[i], sizeof(link_text[i]) - 1);
		link_text[i][n > 0 ? (size_t)n : 0] = '\0';
	}
}

int rootfs_binds_open(struct boot *b)
{
	if (b->image >= 0)
		return 0;
	if (bind_add(b, AT_FDCWD, &usr) < 0)
		return -1;
	for (size_t i = 0; i < NELEM(private_dirs) && b->own >= 0; i++)
		if (bind_add(b, b->own, &private_dirs[i]) < 0)
			return -1;
	for (size_t i = 0; i < NELEM(host_etc); i++)
		if (bind_add(b, AT_FDCWD, &host_etc[i]) < 0 && err_code() != ENOENT)
			return -1;
	for (size_t i = 0; i < NELEM(beside_usr); i++)
		if (link_text[i][0] == '\0' && bind_add(b, AT_FDCWD, &beside_usr[i]) < 0 &&
		    err_code() != ENOENT)
			return -1;
	return 0;
}

int rootfs_layers_bind(struct boot *b)
{
	return stack_bind(b, private_dirs, NELEM(private_dirs));
}

/* The template's whole /proc and /sys. With them in sight process 1 may mount its own, over them
 * (kernelfs.c). */
static const char *const kernelfs[] = {"proc", "sys"};

static int kernelfs_open(struct boot *b)
{
	for (size_t i = 0; i < NELEM(kernelfs); i++)
		if ((b->kernelfs[i] = open(kernelfs[i], O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
			return err_sys("open the template's %s", kernelfs[i]);
	return 0;
}

static int kernelfs_attach(struct boot *b)
{
	for (size_t i = 0; i < NELEM(kernelfs); i++)
		if (mount_attach(b->kernelfs[i], b->rootfs, kernelfs[i]) < 0)
			return -1;
	return 0;
}

/* Bytes of a zone's tmpfs, which is memory that killing processes does not free: half of its
 * memory.max, but never more than half of the host's memory; without a limit an eighth of that. */
uint64_t rootfs_tmpfs_bytes(uint64_t memory_max)
{
	struct sysinfo si;
	if (sysinfo(&si) < 0)
		return memory_max / 2;
	uint64_t ram = (uint64_t)si.totalram * si.mem_unit;
	if (memory_max == 0)
		return ram / 8;
	return (memory_max < ram ? memory_max : ram) / 2;
}

/* A file takes memory beside its pages: one for each page is as many as a full tmpfs of small files
 * needs. */
enum { PAGE = 4096, FILES_LEAST = 1024 };

int rootfs_begin(struct boot *b)
{
	char owner[16], size[24], files[24];
	uint64_t bytes = rootfs_tmpfs_bytes(b->want->memory), n = bytes / PAGE;
	if (b->vm == NULL && kernelfs_open(b) < 0)
		return -1;
	snprintf(owner, sizeof(owner), "%u", (unsigned)b->root_uid);
	snprintf(size, sizeof(size), "%" PRIu64, bytes);
	snprintf(files, sizeof(files), "%" PRIu64, n > FILES_LEAST ? n : FILES_LEAST);
	/* a VM's holds its kernel and initrd, and is read-only: no size */
	const char *const options[] = {"mode", "0755", "uid", owner, "gid", owner,
	    b->vm == NULL ? "size" : NULL, size, "nr_inodes", files, NULL};
	b->rootfs = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID);
	b->skeleton = b->rootfs;
	return b->rootfs < 0 ? -1 : rootfs_enter(b);
}

int rootfs_enter(struct boot *b)
{
	/* over "/", not beside it: so the zone's root is the root of its mount namespace, not a
	 * chroot, and the zone may make user namespaces */
	if (mount_attach(b->rootfs, AT_FDCWD, "/") < 0)
		return -1;
	return chdir("/..") < 0 || chroot(".") < 0 ? err_sys("enter the new root") : 0;
}

static int skeleton_fill(int root)
{
	for (size_t i = 0; i < NELEM(dirs); i++)
		if (mkdirat(root, dirs[i].path, dirs[i].mode) < 0)
			return err_sys("make /%s", dirs[i].path);
	for (size_t i = 0; i < NELEM(nodes); i++)
		if (node_make(root, nodes[i].name, nodes[i].major, nodes[i].minor, 0666) < 0)
			return -1;
	for (size_t i = 0; i < NELEM(links); i++)
		if (symlinkat(links[i].to, root, links[i].path) < 0)
			return err_sys("make /%s", links[i].path);
	for (size_t i = 0; i < NELEM(beside_usr); i++)
		if (link_text[i][0] != '\0' && symlinkat(link_text[i], root, beside_usr[i].at) < 0)
			return err_sys("make /%s", beside_usr[i].at);
	return 0;
}

/* What we mount over. An image may have anything there, or nothing. */
static const char *const points[] = {"proc", "sys", "dev", "tmp", "run"};
enum { LINKS_FROM = 3 }; /* from here on a mount point may be a link, as other tools accept it */
static const uint64_t in_root = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Find what the link leads to; make it if it is missing. */
static int link_lead(int root, const char *point, struct stat *to)
{
	char text[PATH_MAX] = "/", q[200];
	if (readlinkat(root, point, text + 1, sizeof(text) - 2) < 0)
		return err_sys("look at /%s", point);
	cleanup_fd int fd = mountpoint_open(root, text, false, in_root);
	if (fd < 0 || fstat(fd, to) < 0)
		return err_sys("/%s of the image leads to \"%s\", which can't be made", point,
		    word_quote(text + 1, q, sizeof(q)));
	return 0;
}

static int link_check(int root, const char *point, struct stat *to)
{
	struct stat other;
	if (link_lead(root, point, to) < 0)
		return -1;
	for (size_t i = 0; i <= LINKS_FROM; i++)
		if (fstatat(root, i < LINKS_FROM ? points[i] : ".", &other, 0) == 0 &&
		    is_same(to, &other))
			return err_set(EIO, "/%s of the image leads to /%s: import another", point,
			    i < LINKS_FROM ? points[i] : "");
	return 0;
}

static int mountpoints_check(int root)
{
	for (size_t i = 0; i < NELEM(points); i++) {
		struct stat st;
		if (mkdirat(root, points[i], 0755) < 0 && errno != EEXIST)
			return err_sys("make /%s", points[i]);
		if (fstatat(root, points[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys("look at /%s", points[i]);
		if (S_ISLNK(st.st_mode) && i >= LINKS_FROM && link_check(root, points[i], &st) < 0)
			return -1;
		if (!S_ISDIR(st.st_mode))
			return err_set(
			    EIO, "/%s of the image is no directory: import another", points[i]);
	}
	return 0;
}

static int writable_put(const struct boot *b, const char *at, uint64_t attr)
{
	cleanup_fd int mnt = mount_clone(b->skeleton, at);
	cleanup_fd int place = sys_openat2(b->rootfs, at, O_PATH | O_CLOEXEC, in_root);
	if (mnt < 0 || place < 0)
		return err_sys("clone /%s", at);
	if (mount_set(mnt, attr, -1) < 0)
		return -1;
	return sys_move_mount_to(mnt, place) < 0 ? err_sys("mount at /%s", at) : 0;
}

/* Parts of the tmpfs that stay writable when it becomes read-only, and that hide an image's. */
static int writable_attach(const struct boot *b)
{
	for (size_t i = 0; i < NELEM(writable); i++)
		if (writable_put(b, writable[i].at, writable[i].attr) < 0)
			return -1;
	return 0;
}

static int pts_attach(struct boot *b)
{
	char gid[16];
	snprintf(gid, sizeof(gid), "%u", (unsigned)b->root_uid + TTY_GID);
	const char *const options[] = {"ptmxmode", "0666", "mode", "0620", "gid", gid, NULL};
	int pts = mount_new("devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (pts >= 0 && mount_attach(pts, b->rootfs, "dev/pts") < 0)
		fd_close(&pts);
	return pts;
}

/* The first terminal is the console. It belongs to who opens it: the worker has the zone's
 * fsuid. */
static int console_make(struct boot *b)
{
	cleanup_fd int pts = pts_attach(b);
	if (pts < 0)
		return -1;
	int unlocked = 0, master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return err_sys("make the console");
	b->console[0] = master;
	if (mknodat(b->rootfs, "dev/console", S_IFREG | 0600, 0) < 0)
		return err_sys("make /dev/console");
	cleanup_fd int mnt = mount_clone(pts, "0");
	if (mnt < 0)
		return err_sys("find the console");
	return mount_attach(mnt, b->rootfs, "dev/console");
}

/* Make mount points for host mounts in the tmpfs, which is about to become read-only. Those that
 * lie elsewhere are made when they are attached. */
static void mountpoints_make(struct boot *b)
{
	for (unsigned i = 0; i < b->want->hostmounts; i++) {
		const struct hostmount *s = &b->hostmounts[i];
		cleanup_fd int fd =
		    hostmount_is_device(s->want)
			? -1
			: mountpoint_open(b->rootfs, s->want->target, s->file,
			      RESOLVE_IN_ROOT | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
		(void)fd;
	}
}

int rootfs_finish(struct boot *b)
{
	uint64_t attr =
	    b->image >= 0 ? PROGRAMS | boot_nosuid(b) : MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
	if (skeleton_fill(b->skeleton) < 0 || (b->image >= 0 && mountpoints_check(b->rootfs) < 0) ||
	    kernelfs_attach(b) < 0 || writable_attach(b) < 0 || metadata_attach(b) < 0 ||
	    console_make(b) < 0 || binds_attach(b) < 0)
		return -1;
	mountpoints_make(b);
	return mount_set(b->rootfs, attr, -1);
}
