/* A path that a user wrote may lead anywhere: to what is another's, to a device or a FIFO that acts
 * when it is opened, to a server that never answers. So a process of its own (aside.h), which has
 * become that user, opens it and hands it over. */
#include "mount-helper/kit/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "mount-helper/kit/aside.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/kit/diskmake.h"
#include "mount-helper/kit/diskuse.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/walk.h"
#include "protocol/vm.h"

enum { GROUPS = 1024, SHOWN = 256 };
static const off_t copy_max = (off_t)512 << 20;

/* ---- becoming the user ---- */

static bool is_listed(const gid_t *list, int n, gid_t gid)
{
	while (n-- > 0)
		if (list[n] == gid)
			return true;
	return false;
}

/* The groups that the author had when he wrote and has still. The user database decides: a set-gid
 * program or a taken-over daemon adds none to it. A user whom it does not know has those of the
 * write. */
static int groups_of(const struct author *a, gid_t *gid, gid_t *list)
{
	const struct passwd *p = getpwuid(a->uid);
	int n = GROUPS, kept = 0;
	*gid = a->gid;
	if (p == NULL) {
		n = a->ngroups != AUTHOR_UNKNOWN ? (int)a->ngroups : 0;
		memcpy(list, a->groups, (size_t)n * sizeof(*list));
		return n;
	}
	if (getgrouplist(p->pw_name, p->pw_gid, list, &n) < 0)
		n = GROUPS; /* the first of them */
	if (!is_listed(list, n, a->gid))
		*gid = p->pw_gid;
	for (int i = 0; i < n; i++)
		if (a->ngroups == AUTHOR_UNKNOWN || author_in(a, list[i]))
			list[kept++] = list[i];
	return kept;
}

int hostfile_groups(const struct author *a, gid_t *gid)
{
	gid_t *list = xcalloc(GROUPS, sizeof(*list));
	int r = setgroups((size_t)groups_of(a, gid, list), list);
	free(list);
	return r < 0 ? err_sys("take the groups of user %u", a->uid) : 0;
}

/* Root keeps what it may. */
static int user_become(const struct author *a)
{
	gid_t gid;
	if (hostfile_groups(a, &gid) < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys("become user %u", a->uid);
	if (a->uid == 0)
		return 0;
	if (setresgid(gid, gid, gid) < 0 || setresuid(a->uid, a->uid, a->uid) < 0)
		return err_sys("become user %u", a->uid);
	return caps_keep(0);
}

/* ---- opening ---- */

static int is_tree_at(const struct mountinfo *m, void *device)
{
	return strcmp(m->type, "fuse.warren") == 0 && strcmp(m->device, device) == 0;
}

/* Refuse /proc, which shows the process that opens it; and warren's own trees, whose texts may wait
 * for this very boot. */
static int place_check(int at, const struct stat *st, const char *path)
{
	struct statfs fs;
	char device[32];
	if (fstatfs(at, &fs) < 0)
		return err_sys("%s", path);
	if (fs.f_type == PROC_SUPER_MAGIC)
		return err_set(EINVAL, "%s is one of /proc: give a file on a disk", path);
	snprintf(device, sizeof(device), "%u:%u", major(st->st_dev), minor(st->st_dev));
	if (mountinfo_each(is_tree_at, device) != 0)
		return err_set(EINVAL, "%s is one of warren's own: give a file on a disk", path);
	return 0;
}

static int file_check(int at, const struct helper_file *f, const char *path, int *mode)
{
	struct stat st;
	bool disk = f->use == USE_DISK_READ || f->use == USE_DISK_WRITE || f->use == USE_CDROM;
	if (fstat(at, &st) < 0)
		return err_sys("%s", path);
	bool import = f->use == USE_IMPORT;
	if (!S_ISREG(st.st_mode) && !(disk && S_ISBLK(st.st_mode)) &&
	    !(import && S_ISDIR(st.st_mode)))
		return err_set(EINVAL, "%s is not a %s: give one", path,
		    disk     ? "file or block device"
		    : import ? "file or directory"
			     : "file");
	if (!disk && !import && st.st_size > copy_max)
		return err_set(EFBIG, "%s is too large: give a file of at most 512M", path);
	if (disk && !!S_ISBLK(st.st_mode) != vm_path_is_device(f->path))
		return err_set(EINVAL,
		    S_ISBLK(st.st_mode) ? "%s is a block device: give its path below /dev"
					: "%s is a file below /dev: give one elsewhere",
		    path);
	*mode |= S_ISDIR(st.st_mode) ? O_DIRECTORY : 0;
	if (f->use == USE_DISK_WRITE && S_ISBLK(st.st_mode))
		*mode |= O_EXCL;
	return place_check(at, &st, path);
}

/* Say what would be right, too. `why`: what the kernel or the walk says is wrong. */
static int cant_open(const struct helper_file *f, const char *path, int code, const char *why)
{
	const char *right = "";
	if (code == ENOENT)
		right = f->use == USE_DISK_WRITE ? ": give one that is there, or size= to make it"
						 : ": give one that is there";
	if (code == EACCES)
		right = ": give one that this user may use";
	return err_set(code, "open %s as user %u: %s%s", path, f->author.uid, why, right);
}

/* O_PATH needs no permission on the file itself, so check it with faccessat2. */
static int may_use(int at, const struct helper_file *f, int mode, const char *path)
{
	return syscall(SYS_faccessat2, at, "", mode, AT_EMPTY_PATH) < 0
		   ? cant_open(f, path, errno, strerror(errno))
		   : 0;
}

/* Check a device that the author could open himself. On a user's own file system the host lets no
 * device count (nodev). */
static int device_check(
    int at, const struct helper_file *f, const struct stat *st, const char *path)
{
	struct statfs fs;
	int mode = (f->use != USE_DEVICE_WRITE ? R_OK : 0) | (f->use != USE_DEVICE_READ ? W_OK : 0);
	if (!S_ISCHR(st->st_mode) && !S_ISBLK(st->st_mode))
		return err_set(EINVAL, "%s is not a device: give one such as /dev/fuse", path);
	if (fstatfs(at, &fs) < 0)
		return err_sys("%s", path);
	if ((fs.f_flags & ST_NODEV) != 0 || fs.f_type == DEVPTS_SUPER_MAGIC)
		return err_set(
		    EPERM, "%s lies where devices don't count: give one of the host's /dev", path);
	return may_use(at, f, mode, path);
}

static int hostmount_check(int at, const struct helper_file *f, const char *path)
{
	struct stat st;
	if (fstat(at, &st) < 0)
		return err_sys("%s", path);
	if (use_is_device(f->use))
		return device_check(at, f, &st, path);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(EINVAL, "%s is neither a directory nor a file: give one", path);
	int mode = R_OK | (S_ISDIR(st.st_mode) ? X_OK : 0) | (f->use != USE_MOUNT_READ ? W_OK : 0);
	return place_check(at, &st, path) < 0 ? -1 : may_use(at, f, mode, path);
}

int hostfile_holds(uint64_t has, const struct helper_file *f)
{
	char path[SHOWN];
	if (f->size == 0 || has <= f->size)
		return 0;
	return err_set(ERANGE,
	    "%s has %" PRIu64 " bytes, more than size=%" PRIu64
	    ", and a disk is never made smaller: give size=%" PRIu64 " or more, or leave size= out",
	    word_quote(f->path, path, sizeof(path)), has, f->size, has);
}

int hostfile_fits(int fd, const struct helper_file *f)
{
	char path[SHOWN];
	off_t has = lseek(fd, 0, SEEK_END);
	if (has < 0)
		return err_sys("the size of %s", word_quote(f->path, path, sizeof(path)));
	return hostfile_holds((uint64_t)has, f);
}

/* Make a disk as large as it is to be. */
static int disk_grow(int fd, const struct helper_file *f, const char *path)
{
	struct stat st;
	if (f->size == 0)
		return 0;
	if (hostfile_fits(fd, f) < 0)
		return -1;
	off_t has = lseek(fd, 0, SEEK_END);
	if (fstat(fd, &st) < 0 || has < 0)
		return err_sys("%s", path);
	if ((uint64_t)has == f->size)
		return 0;
	if (!S_ISREG(st.st_mode))
		return err_set(ERANGE,
		    "%s is a device of %lld bytes, which does not grow: give size=%lld, or leave "
		    "size= out",
		    path, (long long)has, (long long)has);
	return ftruncate(fd, (off_t)f->size) < 0 ? err_sys("make %s larger", path) : 0;
}

/* Look at the file first, and open it when it is known to be harmless: by /proc/self/fd, so that no
 * other file can have taken its place. */
static int open_checked(const struct helper_file *f, enum disk_format format, const char *path)
{
	char again[40];
	int mode = f->use == USE_DISK_WRITE ? O_RDWR : O_RDONLY;
	cleanup_fd int at = walk_open(f->path, f->author.uid);
	if (at < 0 && err_code() == ENOENT && f->size != 0 && f->use == USE_DISK_WRITE)
		return diskmake(f, format);
	if (at < 0)
		return cant_open(f, path, err_code(), err_text());
	if (f->use >= USE_MOUNT_READ && f->use != USE_CDROM)
		return hostmount_check(at, f, path) < 0 ? -1 : fd_move(&at);
	if (file_check(at, f, path, &mode) < 0)
		return -1;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", at);
	/* O_NONBLOCK: else a file under a lease makes us wait */
	cleanup_fd int fd = open(again, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 && errno == EBUSY && fstat(at, &st) == 0)
		return diskuse_refuse(&st, path);
	if (fd < 0 || fcntl(fd, F_SETFL, mode) < 0)
		return cant_open(f, path, errno, strerror(errno));
	if (f->use == USE_DISK_WRITE && diskuse_loop(fd, path) < 0)
		return -1;
	if (f->use == USE_DISK_WRITE && format == DISK_RAW && disk_grow(fd, f, path) < 0)
		return -1;
	return fd_move(&fd);
}

struct opening {
	const struct helper_file *f;
	enum disk_format format;
};

static int open_as_author(const void *arg)
{
	const struct opening *o = arg;
	char path[SHOWN];
	word_quote(o->f->path, path, sizeof(path));
	return user_become(&o->f->author) < 0 ? -1 : open_checked(o->f, o->format, path);
}

int hostfile_open_disk(const struct helper_file *f, enum disk_format format)
{
	struct opening o = {f, format};
	char path[SHOWN], what[SHOWN + 8];
	word_quote(f->path, path, sizeof(path));
	if (f->path[0] != '/')
		return err_set(EINVAL, "%s is not a whole path: begin it with /", path);
	snprintf(what, sizeof(what), "open %s", path);
	return aside(open_as_author, &o, what);
}

int hostfile_open(const struct helper_file *f)
{
	return hostfile_open_disk(f, DISK_RAW);
}

bool hostfile_is_dir(int fd)
{
	return (fcntl(fd, F_GETFL) & O_DIRECTORY) != 0;
}

int hostfile_copy(int from, int to, const char *what)
{
	off_t at = 0;
	for (;;) {
		ssize_t n = sendfile(to, from, &at, 16 << 20);
		if (n < 0)
			return err_sys("copy the %s", what);
		if (n == 0)
			return 0;
		if (at > copy_max)
			return err_set(EFBIG, "the %s grew past 512M", what);
	}
}
