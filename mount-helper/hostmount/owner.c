/* Whose is what, on both sides. A zone's root must not be able to leave a program on the host's
 * disk that is set-uid to somebody whom the zone is not: whoever of the host runs that becomes him.
 * So
 *
 *	root's line, ro	all of the host's owners are the zone's of the same numbers
 *	root's line, rw	the zone's root is the owner of SOURCE on the disk, and no other user of
 *			the host. Its other users, and all groups, are stored with the zone's own
 *			numbers. Refused if root is the owner, also where nobody else can reach:
 *			root reads what is left there, and runs it.
 *	... owner=zone	SOURCE is given to the zone's root, who is nobody else on the host
 *	a user's line	the zone's root is that user on the disk; the rest as above
 *
 * A zone that maps to no user of the host gets the permissions of "others".
 *
 * Docker and LXD let a zone's root be root on the disk, and so leave root to any user of the host
 * who finds such a program. Mounting the host's /run is not refused: sockets are what many
 * directories are mounted for, and a list of dangerous ones would never be complete. The manual
 * says what `ro` does not prevent.
 *
 * A device needs no device control group: a zone can't make nodes, and the one that it gets is a
 * mount, which it can neither rename nor link. A device that is open stays open when its line goes,
 * as it does with v1's device group. */
#include "mount-helper/hostmount/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "mount-helper/kit/hostfile.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/request.h"
#include "mount-helper/proof/seal.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"
#include "mount-helper/kit/userns.h"

enum { SHOWN = 256, ALL = -1, OWN = -2 };
#define UNUSED (UINT32_MAX - 1)

/* ---- the list ---- */

static bool target_fits(const char *t)
{
	size_t n = strnlen(t, PATH_MAX);
	if (n < 2 || n == PATH_MAX || t[0] != '/' || t[n - 1] == '/')
		return false;
	for (const char *p = t; p != NULL; p = strchr(p + 1, '/')) {
		size_t part = strcspn(p + 1, "/");
		if (part == 0 || part > NAME_MAX || (part == 1 && p[1] == '.') ||
		    (part == 2 && p[1] == '.' && p[2] == '.'))
			return false;
	}
	return true;
}

#define MEMORY "tmpfs " /* and the mode behind it */

static bool memory_fits(const struct helper_file *f)
{
	static const struct author none;
	const char *mode = f->path + sizeof(MEMORY) - 1;
	return strncmp(f->path, MEMORY, sizeof(MEMORY) - 1) == 0 && strnlen(mode, 5) >= 3 &&
	       strnlen(mode, 5) <= 4 && strspn(mode, "01234567") == strlen(mode) && f->size > 0 &&
	       f->size <= UINT64_C(1) << 50 && memcmp(&f->author, &none, sizeof(none)) == 0;
}

static bool hostmount_fits(const struct helper_hostmount *s)
{
	if (hostmount_is_memory(s))
		return memory_fits(&s->source) && target_fits(s->target);
	return request_file(&s->source) && s->source.size == 0 && s->source.use >= USE_MOUNT_READ &&
	       target_fits(s->target);
}

static int list_check(
    const struct helper *h, uint64_t id, int fd, unsigned n, struct helper_hostmount *list)
{
	struct seal seals[HELPER_HOSTMOUNTS];
	size_t size = n * sizeof(*list), more = n * sizeof(*seals);
	bool fits = n <= HELPER_HOSTMOUNTS && pread(fd, list, size, 0) == (ssize_t)size &&
		    pread(fd, seals, more, (off_t)size) == (ssize_t)more;
	for (unsigned i = 0; fits && i < n; i++)
		fits = hostmount_fits(&list[i]);
	if (!fits)
		return err_set(EBADMSG, "the list of mounts and devices is damaged");
	for (unsigned i = 0; i < n; i++)
		if (!hostmount_is_memory(&list[i]) &&
		    seal_check(h, id, &list[i].source, &seals[i]) < 0)
			return err_wrap(hostmount_is_device(&list[i]) ? "devices" : "mounts");
	return 0;
}

int hostmount_list_read(
    const struct helper *h, uint64_t id, int fd, unsigned n, struct helper_hostmount **list)
{
	*list = xcalloc(n + 1, sizeof(**list));
	if (list_check(h, id, fd, n, *list) == 0)
		return 0;
	free(*list);
	*list = NULL;
	return -1;
}

/* ---- owners ---- */

/* Who the zone's root is on the disk: a uid, ALL (everybody is himself) or OWN (nobody of the
 * host). */
static int identity_find(const struct helper_file *f, int fd, uint32_t uid_base, int64_t *who)
{
	struct stat st;
	char path[SHOWN];
	if (fstat(fd, &st) < 0)
		return err_sys("%s", f->path);
	if (f->use == USE_MOUNT_OWN)
		*who = OWN;
	else if (f->author.uid != 0)
		*who = f->author.uid;
	else if (f->use == USE_MOUNT_READ)
		*who = ALL;
	else
		*who = st.st_uid;
	if (*who - uid_base >= 0 && *who - uid_base < UID_MAPPED)
		*who = OWN;
	if (*who != 0)
		return 0;
	return err_set(EPERM,
	    "%s is root's, and so would be on the host what the zone writes, set-uid programs too: "
	    "say rw owner=zone, which makes it the zone's (as chown %u does), give it another "
	    "owner, or say ro",
	    word_quote(f->path, path, sizeof(path)), (unsigned)uid_base);
}

static void map_line(struct buf *b, uint32_t from, uint32_t at, uint32_t n)
{
	if (n > 0)
		buf_printf(b, "%u %u %u\n", from, at, n);
}

/* Map the zone's first uid to `who` on the disk, and all others to themselves: the zone's own uids
 * on the disk, and those of the host, none of which the zone can be. Uids without a map could not
 * be written to, not even files open to all. Only root is mapped to a number that nobody has:
 * mapping it to itself needs cap_setfcap. */
static int maps_write(int proc, uint32_t base, uint32_t who)
{
	struct buf uids = {0}, gids = {0};
	uint32_t low = who < base ? who : base, high = who < base ? base : who;
	map_line(&uids, 0, UNUSED, 1);
	map_line(&uids, 1, 1, low - 1);
	map_line(&uids, who, base, 1);
	map_line(&uids, low + 1, low + 1, high - low - 1);
	map_line(&uids, high + 1, high + 1, UNUSED - high - 1);
	map_line(&gids, 0, UNUSED, 1);
	map_line(&gids, 1, 1, UNUSED - 1);
	int result = fd_write_at(proc, "uid_map", buf_text(&uids));
	if (result == 0)
		result = fd_write_at(proc, "gid_map", buf_text(&gids));
	buf_finish(&uids);
	buf_finish(&gids);
	return result;
}

static int map_of(pid_t pid, uint32_t base, uint32_t who)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	cleanup_fd int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return err_sys("open %s", path);
	if (maps_write(proc, base, who) < 0)
		return -1;
	int fd = openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys("open a user namespace") : fd;
}

/* A user namespace that only serves as a map. */
static int map_make(uint32_t base, uint32_t who)
{
	struct sys_clone a = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	pid_t us = getpid(), pid = userns_clone(&a);
	if (pid < 0)
		return err_sys("make a user namespace");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == us)
			pause(); /* killed below, or with us */
		_exit(0);
	}
	int fd = map_of(pid, base, who);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

struct typed {
	unsigned id;
	char type[32];
};

static int names_type(const struct mountinfo *m, void *arg)
{
	struct typed *t = arg;
	if (m->id == t->id)
		snprintf(t->type, sizeof(t->type), "%s", m->type);
	return m->id == t->id;
}

static int no_owners(int fd, const char *path)
{
	struct statx x = {0};
	struct typed t = {.type = "its file system"};
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &x) == 0) {
		t.id = (unsigned)x.stx_mnt_id;
		mountinfo_each(names_type, &t);
	}
	return err_set(EOPNOTSUPP,
	    "%s lies on %s, which can't show a zone its owners (id-mapped mounts): give something "
	    "of another file system",
	    path, t.type);
}

/* ---- opening ---- */

static int tree_show(struct hostmount *s, int fd, int map, const char *path)
{
	struct mount_attr a = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
	if (s->want->source.use == USE_MOUNT_READ)
		a.attr_set |= MOUNT_ATTR_RDONLY;
	if (sys_mount_setattr(s->mnt, &a) < 0)
		return err_sys("prepare %s", path);
	struct mount_attr shift = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)map};
	if (map >= 0 && sys_mount_setattr(s->mnt, &shift) < 0)
		return no_owners(fd, path);
	return 0;
}

static int tree_open(struct hostmount *s, int fd, uint32_t base, int userns)
{
	char path[SHOWN];
	int64_t who;
	struct stat st;
	word_quote(s->want->source.path, path, sizeof(path));
	if (fstat(fd, &st) < 0)
		return err_sys("%s", path);
	if (identity_find(&s->want->source, fd, base, &who) < 0)
		return -1;
	s->file = !S_ISDIR(st.st_mode);
	s->mnt = mount_clone(fd, "");
	if (s->mnt < 0)
		return err_sys("take %s", path);
	cleanup_fd int made =
	    -1; /* if the zone does not run any map shows whether the file system can be mapped */
	if (who != OWN && (who != ALL || userns < 0) &&
	    (made = map_make(base, who == ALL ? 1 : (uint32_t)who)) < 0)
		return -1;
	return tree_show(s, fd, who == OWN ? -1 : made >= 0 ? made : userns, path);
}

/* A node of the zone's own on a file system of its own. The zone's root owns it if it may read and
 * write. Else nobody owns it and root has it by its group, so that root can't give itself the
 * other. The zone's groups of devices are not needed: it can't make nodes, and this one goes with
 * its mount. */
static int node_open(struct hostmount *s, int fd, uint32_t base)
{
	static const struct {
		mode_t mode;
		bool owned;
	} by_use[] = {
	    [USE_DEVICE_READ] = {0040, false},
	    [USE_DEVICE_WRITE] = {0020, false},
	    [USE_DEVICE_BOTH] = {0600, true},
	};
	static const char *const options[] = {"mode", "0755", "size", "4k", NULL};
	uint32_t use = s->want->source.use;
	struct stat st;
	s->file = true;
	if (fstat(fd, &st) < 0)
		return err_sys("%s", s->want->source.path);
	s->mnt = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (s->mnt < 0)
		return -1;
	if (mknodat(s->mnt, "node", st.st_mode & S_IFMT, st.st_rdev) < 0 ||
	    fchownat(s->mnt, "node", by_use[use].owned ? base : 0, base, 0) < 0 ||
	    fchmodat(s->mnt, "node", by_use[use].mode, 0) < 0)
		return err_sys("make a device");
	return 0;
}

/* As many files as pages: a tmpfs that is full of small files needs no more. */
static int memory_make(struct hostmount *s, uint32_t uid_base)
{
	char size[24], files[24], owner[16];
	uint64_t pages = s->want->source.size / 4096;
	snprintf(size, sizeof(size), "%" PRIu64, s->want->source.size);
	snprintf(files, sizeof(files), "%" PRIu64, pages > 1024 ? pages : 1024);
	snprintf(owner, sizeof(owner), "%u", (unsigned)uid_base);
	const char *const options[] = {"mode", s->want->source.path + sizeof(MEMORY) - 1, "size",
	    size, "nr_inodes", files, "uid", owner, "gid", owner, NULL};
	s->mnt = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return s->mnt < 0 ? -1 : 0;
}

int hostmount_open(struct hostmount *s, uint32_t uid_base, int userns)
{
	if (hostmount_is_memory(s->want))
		return userns < 0 ? 0 : memory_make(s, uid_base);
	cleanup_fd int fd = hostfile_open(&s->want->source);
	if (fd < 0)
		return -1;
	return hostmount_is_device(s->want) ? node_open(s, fd, uid_base)
					    : tree_open(s, fd, uid_base, userns);
}

int hostmounts_open(struct hostmount *s, unsigned n, uint32_t uid_base, int userns)
{
	for (unsigned i = 0; i < n; i++)
		if (hostmount_open(&s[i], uid_base, userns) < 0)
			return err_wrap(hostmount_is_device(s[i].want) ? "devices" : "mounts");
	return 0;
}

int hostmount_own(const struct hostmount *s, uint32_t uid_base)
{
	char path[SHOWN];
	struct stat st;
	const struct helper_file *f = &s->want->source;
	word_quote(f->path, path, sizeof(path));
	if (fstat(s->mnt, &st) < 0)
		return err_sys("%s", path);
	if (st.st_uid == uid_base)
		return 0;
	if (f->author.uid != 0)
		return err_set(EPERM,
		    "%s would become the zone's, and only root gives files away: ask root, or "
		    "leave owner=zone out",
		    path);
	return fchownat(s->mnt, "", uid_base, uid_base, AT_EMPTY_PATH) < 0
		   ? err_sys("make %s the zone's", path)
		   : 0;
}

int hostmounts_own(const struct hostmount *s, unsigned n, uint32_t uid_base)
{
	for (unsigned i = 0; i < n; i++)
		if (s[i].want->source.use == USE_MOUNT_OWN && hostmount_own(&s[i], uid_base) < 0)
			return err_wrap("mounts");
	return 0;
}

void hostmounts_close(struct hostmount *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		fd_close(&s[i].mnt);
}

/* ---- locking ---- */

/* The kernel locks a mount's attributes when it is copied into the mount namespace of a less
 * privileged user namespace, and they stay locked in copies of the copy. So a process goes through
 * such a namespace and clones each mount there, in the place of the caller's descriptor. */

static void stage_name(char name[16], unsigned i, bool node)
{
	snprintf(name, 16, "%u%s", i, node ? "/node" : "");
}

static int stage_make(const struct helper *h, const struct hostmount *s, unsigned n)
{
	static const char *const options[] = {"mode", "0755", NULL};
	char name[16];
	if (setns(h->template, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys("make a mount namespace");
	umask(0);
	cleanup_fd int stage = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID);
	if (stage < 0 || mount_attach(stage, AT_FDCWD, "/") < 0)
		return -1;
	if (chdir("/..") < 0 || chroot(".") < 0)
		return err_sys("enter a new root");
	for (unsigned i = 0; i < n; i++) {
		bool node = hostmount_is_device(s[i].want);
		stage_name(name, i, false);
		int r = s[i].file && !node ? mknodat(stage, name, S_IFREG | 0600, 0)
					   : mkdirat(stage, name, 0755);
		if (r < 0 || mount_attach(s[i].mnt, stage, name) < 0)
			return r < 0 ? err_sys("make a place to mount at") : -1;
	}
	return 0;
}

static int mounts_reclone(const struct hostmount *s, unsigned n)
{
	char name[16];
	for (unsigned i = 0; i < n; i++) {
		stage_name(name, i, hostmount_is_device(s[i].want));
		cleanup_fd int again = mount_clone(AT_FDCWD, name);
		if (again < 0 || dup3(again, s[i].mnt, O_CLOEXEC) < 0)
			return err_sys("lock a mount");
	}
	return 0;
}

static int await_child(pid_t pid)
{
	int status;
	if (pid < 0)
		return err_sys("make a process");
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return err_set(EIO, "the process that locks mounts died");
	errno = WEXITSTATUS(status);
	return errno != 0 ? err_sys("lock mounts") : 0;
}

/* It has our descriptors (CLONE_FILES). Its exit status is an errno. */
static void mounts_lock(const struct helper *h, const struct hostmount *s, unsigned n)
{
	struct sys_clone a = {
	    .flags = CLONE_FILES | CLONE_NEWUSER | CLONE_NEWNS, .exit_signal = SIGCHLD};
	if (stage_make(h, s, n) < 0)
		_exit(err_code());
	pid_t pid = (pid_t)sys_clone3(&a);
	if (pid == 0)
		_exit(mounts_reclone(s, n) < 0 ? err_code() : 0);
	_exit(await_child(pid) < 0 ? err_code() : 0);
}

int hostmounts_lock(const struct helper *h, struct hostmount *s, unsigned n)
{
	struct sys_clone a = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};
	if (n == 0)
		return 0;
	pid_t pid = (pid_t)sys_clone3(&a);
	if (pid == 0)
		mounts_lock(h, s, n);
	return await_child(pid);
}
