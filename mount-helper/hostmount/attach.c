#include "mount-helper/hostmount/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/sys.h"

/* PATIENCE_MS: a zone's own FUSE server may never answer. COVERS: how many mounts of a zone's own
 * are unmounted from above one of ours. */
enum { PATIENCE_MS = 10000, SHOWN = 256, COVERS = 8, UMOUNT_NO_LINK = 8, FDS = 1024 };
static const uint64_t inside = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/* ---- places ---- */

static int part_make(int root, const char *path, const char *name, bool file, uint64_t resolve)
{
	cleanup_fd int up = sys_openat2(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC, resolve);
	if (up < 0)
		return -1;
	int r = file ? mknodat(up, name, S_IFREG | 0644, 0) : mkdirat(up, name, 0755);
	return r < 0 && errno != EEXIST ? -1 : 0;
}

/* Each part is resolved from the root anew, so that what a link led to stays below it. */
int mountpoint_open(int root, const char *target, bool file, uint64_t resolve)
{
	char path[PATH_MAX];
	for (const char *p = strchr(target + 1, '/');; p = strchr(p + 1, '/')) {
		bool last = p == NULL;
		size_t n = last ? strlen(target) : (size_t)(p - target);
		memcpy(path, target, n);
		path[n] = '\0';
		int fd = sys_openat2(root, path, O_PATH | O_CLOEXEC, resolve);
		if (fd < 0 && errno == ENOENT) {
			char *name = strrchr(path, '/');
			*name = '\0';
			if (part_make(root, name != path ? path : "/", name + 1, last && file,
				resolve) < 0)
				return -1;
			*name = '/';
			fd = sys_openat2(root, path, O_PATH | O_CLOEXEC, resolve);
		}
		if (fd < 0 || last)
			return fd;
		fd_close(&fd);
	}
}

int attach_id_of(int fd, struct attach_id *id)
{
	struct statx x;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &x) < 0)
		return err_sys("look at a mount");
	*id =
	    (struct attach_id){x.stx_mnt_id, makedev(x.stx_dev_major, x.stx_dev_minor), x.stx_ino};
	return 0;
}

static bool is_same(const struct attach_id *a, const struct attach_id *b)
{
	return a->mount == b->mount && a->device == b->device && a->inode == b->inode;
}

/* ---- in the zone ---- */

struct at {
	int proc; /* of the host */
	int root;
	struct attach_id root_id;
};

struct found {
	uint64_t mount;
	char path[PATH_MAX];
};

static int is_mount(const struct mountinfo *m, void *arg)
{
	struct found *f = arg;
	if (m->id != f->mount || strlen(m->at) >= sizeof(f->path))
		return 0;
	memcpy(f->path, m->at, strlen(m->at) + 1);
	return 1;
}

/* Unmount what is on top at path. A zone can't rename or remove a mount point, so the path stays
 * true. */
static int top_unmount(const struct at *at, char *path, bool node)
{
	char *name = strrchr(path, '/');
	struct stat st;
	*name++ = '\0';
	cleanup_fd int up = sys_openat2(at->root, path[0] != '\0' ? path : "/",
	    O_PATH | O_DIRECTORY | O_CLOEXEC, inside | RESOLVE_NO_SYMLINKS);
	if (up < 0 || fchdir(up) < 0 || sys_umount(name, SYS_DETACH | UMOUNT_NO_LINK) < 0)
		return -1;
	if (node && fstatat(up, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == 0)
		unlinkat(up, name, 0);
	return 0;
}

static int root_of(const struct at *at, const char *path, struct attach_id *id)
{
	cleanup_fd int fd = sys_openat2(
	    at->root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, inside | RESOLVE_NO_SYMLINKS);
	return fd < 0 ? -1 : attach_id_of(fd, id);
}

/* A zone with sys_admin may have moved or covered it, or taken it away. */
static int step_detach(const struct at *at, struct attach_step *g)
{
	static const struct attach_id none;
	char shown[SHOWN];
	for (int i = 0; i <= COVERS; i++) {
		struct found f = {.mount = g->id.mount};
		struct attach_id top;
		int r = mountinfo_each_at(at->proc, is_mount, &f);
		if (r < 0)
			return -1;
		if (r == 0 || g->id.mount == 0) {
			g->id = none;
			return 0;
		}
		if (root_of(at, f.path, &top) == 0 && top.mount == g->id.mount &&
		    !is_same(&top, &g->id))
			return 0; /* another mount has this number by now */
		if (top_unmount(at, f.path, g->node) < 0)
			break;
	}
	return err_set(EIO,
	    "%s can't be taken away, as the zone has mounted something of its own over it: halt it "
	    "first",
	    word_quote(g->target, shown, sizeof(shown)));
}

static bool on_kernelfs(int fd)
{
	struct statfs fs;
	return fstatfs(fd, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC;
}

/* Did it fail because the zone's root is read-only? Not in something read-only of the host's: there
 * it can't be made at the next boot either. */
static bool root_is_sealed(const struct at *at, const char *target)
{
	char path[PATH_MAX];
	struct attach_id id;
	snprintf(path, sizeof(path), "%s", target);
	for (char *slash; (slash = strrchr(path, '/')) != NULL; *slash = '\0') {
		cleanup_fd int fd =
		    sys_openat2(at->root, path[0] != '\0' ? path : "/", O_PATH | O_CLOEXEC, inside);
		if (fd >= 0)
			return attach_id_of(fd, &id) == 0 && id.mount == at->root_id.mount;
	}
	return true; /* nothing of it is there */
}

static int target_check(const struct at *at, const struct attach_step *g, int to, const char *shown)
{
	struct attach_id id;
	struct stat st;
	if (attach_id_of(to, &id) < 0 || fstat(to, &st) < 0)
		return err_sys("%s in the zone", shown);
	if (is_same(&id, &at->root_id) || on_kernelfs(to))
		return err_set(EINVAL,
		    "%s leads to the zone's /, /proc or /sys: choose another target", shown);
	if (S_ISDIR(st.st_mode) && g->file)
		return err_set(EINVAL,
		    "%s in the zone is a directory, and the source is not: choose another target",
		    shown);
	if (!S_ISDIR(st.st_mode) && !g->file)
		return err_set(EINVAL,
		    "%s in the zone is no directory, but the source is: choose another target",
		    shown);
	return 0;
}

static int step_attach(const struct at *at, struct attach_step *g, bool late)
{
	char shown[SHOWN];
	word_quote(g->target, shown, sizeof(shown));
	cleanup_fd int to = mountpoint_open(
	    at->root, g->target, g->file, inside | (g->node ? RESOLVE_NO_SYMLINKS : 0));
	if (to < 0 && errno != EROFS)
		return err_sys("%s in the zone", shown);
	if (to < 0) {
		g->waits = late && root_is_sealed(at, g->target);
		return g->waits ? 0
				: err_set(EIO,
				      "%s is not in the zone and can't be made there, where all is "
				      "read-only: choose another target",
				      shown);
	}
	if (target_check(at, g, to, shown) < 0)
		return -1;
	if (sys_move_mount_to(g->mnt, to) < 0)
		return err_sys("mount at %s in the zone", shown);
	return attach_id_of(g->mnt, &g->id);
}

/* ---- all of them ---- */

/* Clone a mount that is about to be detached, to put it back on failure. -1: none */
static int spare_clone(const struct at *at, const struct attach_step *g)
{
	struct found f = {.mount = g->id.mount};
	struct attach_id id;
	if (mountinfo_each_at(at->proc, is_mount, &f) != 1)
		return -1;
	cleanup_fd int fd = sys_openat2(
	    at->root, f.path, O_PATH | O_NOFOLLOW | O_CLOEXEC, inside | RESOLVE_NO_SYMLINKS);
	if (fd < 0 || attach_id_of(fd, &id) < 0 || !is_same(&id, &g->id))
		return -1;
	return sys_open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
}

static void steps_undo(const struct at *at, struct attach_step *g, unsigned done, const int *spares)
{
	struct err why;
	err_copy(&why);
	for (unsigned i = done; i-- > 0;) {
		if (g[i].mnt >= 0) {
			step_detach(at, &g[i]);
		} else if (spares[i] >= 0) {
			g[i].mnt = spares[i];
			step_attach(at, &g[i], false);
		}
	}
	err_restore(&why);
}

static int steps_run(const struct at *at, struct attach_step *g, unsigned n, bool late)
{
	int *spares = calloc(n + 1, sizeof(*spares));
	unsigned done = 0;
	int r = 0;
	if (spares == NULL)
		return err_sys("no memory");
	for (; done < n && r == 0; done++) {
		spares[done] = g[done].mnt < 0 ? spare_clone(at, &g[done]) : -1;
		r = g[done].mnt < 0 ? step_detach(at, &g[done]) : step_attach(at, &g[done], late);
	}
	if (r < 0) {
		err_wrap(g[done - 1].node ? "devices" : "mounts");
		steps_undo(at, g, done - 1, spares);
	}
	free(spares); /* the descriptors end with us */
	return r;
}

static int zone_enter(int user, int mounts)
{
	if (setns(user, CLONE_NEWUSER) < 0 || setns(mounts, CLONE_NEWNS) < 0)
		return err_sys("enter the zone");
	/* the zone's root, to whom new mount points belong */
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys("become the zone's root");
	umask(0);
	return 0;
}

/* Close all other descriptors: this process may stay for ever, and somebody may wait for their
 * end. */
static void fds_keep(int user, int mounts, const struct attach_step *g, unsigned n)
{
	for (int fd = 3; fd < FDS; fd++) {
		bool needed = fd == user || fd == mounts;
		for (unsigned i = 0; !needed && i < n; i++)
			needed = fd == g[i].mnt;
		if (!needed)
			close(fd);
	}
	sys_close_range(FDS, 0);
}

/* The worker's result, in memory that both processes map. */
struct told {
	struct err err; /* code 0: done */
	bool through;
	struct attach_step g[];
};

static _Noreturn void worker_run(int user, int mounts, struct told *t, unsigned n, bool late)
{
	fds_keep(user, mounts, t->g, n);
	struct at at = {.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};
	int r = at.proc < 0 ? err_sys("open /proc") : zone_enter(user, mounts);
	at.root = r == 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (r == 0 && (at.root < 0 || attach_id_of(at.root, &at.root_id) < 0))
		r = err_sys("open the zone's root");
	if (r == 0)
		r = steps_run(&at, t->g, n, late);
	if (r < 0)
		err_copy(&t->err);
	t->through = true;
	_exit(0);
}

static int worker_await(pid_t pid)
{
	cleanup_fd int end = sys_pidfd_open(pid);
	struct pollfd p = {.fd = end, .events = POLLIN};
	int n;
	while ((n = poll(&p, 1, PATIENCE_MS)) < 0 && errno == EINTR)
		;
	kill(pid, SIGKILL);
	if (n == 1)
		waitpid(pid, NULL, 0);
	return n == 1
		   ? 0
		   : err_set(EIO, "the zone's own file systems don't answer in %d s: halt it first",
			 PATIENCE_MS / 1000);
}

int attach_run(int user, int mounts, struct attach_step *g, unsigned n, bool late)
{
	size_t size = sizeof(struct told) + n * sizeof(*g);
	struct told *t =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return err_sys("no memory");
	memcpy(t->g, g, n * sizeof(*g));
	pid_t pid = fork();
	if (pid == 0)
		worker_run(user, mounts, t, n, late);
	int r = pid < 0 ? err_sys("make a process") : worker_await(pid);
	if (r == 0 && !t->through)
		r = err_set(EIO, "the process that mounts died");
	for (unsigned i = 0; i < n; i++) {
		g[i].id = t->g[i].id;
		g[i].waits = t->g[i].waits;
	}
	if (r == 0 && t->err.code != 0)
		r = err_restore(&t->err);
	munmap(t, size);
	return r;
}
