#include "mount-helper/view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/bind.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"

#define STATE "warren/state"
#define RUN "warren/run"

enum {
	INERT = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	LIBRARY = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	SETATTR_EMPTY = 0x1000 /* AT_EMPTY_PATH */,
	SETATTR_ALL = 0x8000 /* AT_RECURSIVE */,
};

/* What the daemon sees of the host, if it is there. A link is shown as a link, unless it leads to a
 * file. */
static const struct row {
	const char *at;
	bool deep; /* with what is mounted below */
	bool follows; /* mounts that the host makes there later appear here, too, if the host's is
		       * shared */
	uint64_t attr;
} rows[] = {
    /* the program's libraries */
    {"usr/lib", false, false, LIBRARY},
    {"usr/lib32", false, false, LIBRARY},
    {"usr/lib64", false, false, LIBRARY},
    {"usr/local/lib", false, false, LIBRARY},
    {"lib", false, false, LIBRARY},
    {"lib32", false, false, LIBRARY},
    {"lib64", false, false, LIBRARY},
    {"etc/ld.so.cache", false, false, INERT | MOUNT_ATTR_RDONLY},
    /* the log: its socket, and the time in each line */
    {"dev", false, false, INERT | MOUNT_ATTR_RDONLY},
    {"run/systemd/journal", false, false, INERT | MOUNT_ATTR_RDONLY},
    {"etc/localtime", false, false, INERT | MOUNT_ATTR_RDONLY},
    /* control groups, and the disks of io.max */
    {"sys", true, false, INERT},
};

/* A mount cloned from the host's, not attached yet. Its descriptor ends with the process. */
struct part {
	const char *at;
	int mnt; /* -1: a link */
	bool file;
	char link[PATH_MAX];
};

struct view {
	struct part parts[NELEM(rows) + 8];
	size_t n;
};

/* ---- taking ---- */

static int attributes_set(int mnt, const struct row *r)
{
	struct mount_attr a = {
	    .attr_set = r->attr, .propagation = r->follows ? MS_SLAVE : MS_PRIVATE};
	unsigned flags = SETATTR_EMPTY | (r->deep ? SETATTR_ALL : 0);
	return (int)syscall(SYS_mount_setattr, mnt, "", flags, &a, sizeof(a)) < 0
		   ? err_sys("set a mount's attributes")
		   : 0;
}

static int part_clone(struct view *v, int from, const char *path, const struct row *r)
{
	struct part *part = &v->parts[v->n++];
	struct stat st;
	part->at = r->at;
	part->mnt = sys_open_tree(from, path,
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | SETATTR_EMPTY | (r->deep ? SETATTR_ALL : 0));
	if (part->mnt < 0 || fstat(part->mnt, &st) < 0)
		return err_sys("take /%s", r->at);
	part->file = !S_ISDIR(st.st_mode);
	return attributes_set(part->mnt, r);
}

/* 1: it is one. A link to a file is not shown as a link: that file would have to be shown, too. */
static int link_read(struct view *v, int host, const struct row *r)
{
	struct stat st;
	struct part *part = &v->parts[v->n];
	if (fstatat(host, r->at, &st, 0) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	ssize_t n = readlinkat(host, r->at, part->link, sizeof(part->link) - 1);
	if (n < 0)
		return 0;
	part->link[n] = '\0';
	part->at = r->at;
	part->mnt = -1;
	v->n++;
	return 1;
}

static int rows_clone(struct view *v)
{
	cleanup_fd int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct row *r = &rows[i];
		if (faccessat(host, r->at, F_OK, 0) == 0 && link_read(v, host, r) == 0 &&
		    part_clone(v, host, r->at, r) < 0)
			return -1;
	}
	return host < 0 ? err_sys("open /") : 0;
}

/* Clone STATE and RUN. Directories in them that may be mounts of their own are rows as well. */
static int dirs_clone(struct view *v, const struct dirs *d)
{
	const struct {
		int from;
		const char *path;
		struct row row;
	} own[] = {
	    {d->state, "", {STATE, false, true, INERT}},
	    {d->state, "objects", {STATE "/objects", false, true, INERT}},
	    {d->state, "logs", {STATE "/logs", false, true, INERT}},
	    {d->run, "", {RUN, false, true, INERT}},
	    {d->run, "daemon", {RUN "/daemon", false, true, INERT}},
	    {d->run, "monitors", {RUN "/monitors", false, true, INERT}},
	};
	for (size_t i = 0; i < NELEM(own); i++)
		if (part_clone(v, own[i].from, own[i].path, &own[i].row) < 0)
			return -1;
	return 0;
}

/* ---- putting ---- */

static int part_put(int root, const struct part *p)
{
	if (mountpoint_make(root, p->at, p->mnt >= 0 && p->file) < 0)
		return -1;
	if (p->mnt >= 0)
		return mount_attach(p->mnt, root, p->at);
	return unlinkat(root, p->at, AT_REMOVEDIR) < 0 || symlinkat(p->link, root, p->at) < 0
		   ? err_sys("make /%s", p->at)
		   : 0;
}

static int proc_put(int root)
{
	static const char *const none[] = {NULL};
	cleanup_fd int proc = mount_new("proc", none, INERT | MOUNT_ATTR_RDONLY);
	return proc < 0 || mountpoint_make(root, "proc", false) < 0
		   ? -1
		   : mount_attach(proc, root, "proc");
}

/* Enter the root, in a mount namespace without the host's mounts and without our own tree, which
 * would stay mounted as long as this namespace. */
static int root_enter(const struct helper *h, const struct view *v)
{
	static const char *const options[] = {"mode", "0755", "size", "64k", NULL};
	if (setns(h->template, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys("make a mount namespace");
	cleanup_fd int root = mount_new("tmpfs", options, INERT);
	if (root < 0 || mount_attach(root, AT_FDCWD, "/") < 0)
		return -1;
	if (chdir("/..") < 0 || chroot(".") < 0)
		return err_sys("enter the daemon's root");
	for (size_t i = 0; i < v->n; i++)
		if (part_put(root, &v->parts[i]) < 0)
			return -1;
	return proc_put(root) < 0 ? -1 : mount_set(root, MOUNT_ATTR_RDONLY, -1);
}

static int dir_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys("open %s", path) : fd;
}

int view_enter(const struct helper *h, int *state, int *run)
{
	static struct view v;
	umask(022);
	if (rows_clone(&v) < 0 || dirs_clone(&v, &h->dirs) < 0 || root_enter(h, &v) < 0)
		return err_wrap("what the daemon sees");
	if (setns(h->offline, CLONE_NEWNET) < 0)
		return err_sys("leave the host's network");
	*state = dir_open("/" STATE);
	*run = *state < 0 ? -1 : dir_open("/" RUN);
	return *run < 0 ? -1 : 0;
}
