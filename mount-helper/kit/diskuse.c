#include "mount-helper/kit/diskuse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"
#include "mount-helper/kit/mountinfo.h"

enum { SHOWN = 256 };

/* ---- files ---- */

/* The file below a loop device, as the kernel names it (its sysfs-block-loop); "": there is none.
 */
static void loop_file(int block, const char *device, char file[PATH_MAX])
{
	char name[NAME_MAX + 32];
	snprintf(name, sizeof(name), "%s/loop/backing_file", device);
	cleanup_fd int fd = openat(block, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, file, PATH_MAX - 1);
	file[n > 0 ? n : 0] = '\0';
	file[strcspn(file, "\n")] = '\0';
}

/* By its name, as nothing else can be compared without a look at a path that may hang. */
int diskuse_loop(int fd, const char *path)
{
	char link[40], own[PATH_MAX], file[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, own, sizeof(own) - 1);
	DIR *d = n > 0 ? opendir("/sys/block") : NULL;
	int r = 0;
	if (d == NULL)
		return 0; /* a host that shows none has none */
	own[n] = '\0';
	for (struct dirent *e; r == 0 && (e = readdir(d)) != NULL;) {
		if (strncmp(e->d_name, "loop", 4) != 0)
			continue;
		loop_file(dirfd(d), e->d_name, file);
		if (strcmp(file, own) == 0)
			r = err_set(EINVAL,
			    "%s is in use by the host, as /dev/%s: detach it there (losetup -d), "
			    "or give readonly=on",
			    path, e->d_name);
	}
	closedir(d);
	return r;
}

/* ---- block devices ---- */

struct look {
	char device[32], at[SHOWN];
};

static int is_of(const struct mountinfo *m, void *arg)
{
	struct look *l = arg;
	if (strcmp(m->device, l->device) != 0)
		return 0;
	word_quote(m->at, l->at, sizeof(l->at));
	return 1;
}

int diskuse_refuse(const struct stat *st, const char *path)
{
	struct look l = {0};
	snprintf(l.device, sizeof(l.device), "%u:%u", major(st->st_rdev), minor(st->st_rdev));
	if (mountinfo_each(is_of, &l) != 0)
		return err_set(EBUSY,
		    "%s is in use by the host, mounted at %s: unmount it there, or give "
		    "readonly=on",
		    path, l.at);
	return err_set(EBUSY,
	    "%s is in use, by the host (RAID, LVM, swap, a mount) or by another VM: free it "
	    "there, or give readonly=on",
	    path);
}

/* ---- USB ---- */

/* False: also where the node is another disk's by now, or none can be opened. */
static bool is_used(const char *name)
{
	char path[NAME_MAX + 16];
	snprintf(path, sizeof(path), "/dev/%s", name);
	cleanup_fd int fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 && errno == EBUSY;
}

/* The kernel refuses O_EXCL, too, where somebody has a partition of the disk. */
int diskuse_usb(const char *at)
{
	char part[NAME_MAX], link[PATH_MAX];
	snprintf(part, sizeof(part), "/%s/", at);
	DIR *d = opendir("/sys/block");
	int r = 0;
	if (d == NULL)
		return 0;
	for (struct dirent *e; r == 0 && (e = readdir(d)) != NULL;) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		if (strstr(link, part) != NULL && is_used(e->d_name))
			r = err_set(EBUSY,
			    "the host uses its disk /dev/%s (a mount, swap, RAID, LVM), or another "
			    "VM does: free it there",
			    e->d_name);
	}
	closedir(d);
	return r;
}
