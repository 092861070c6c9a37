#include "mount-helper/lxcfs.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/mountinfo.h"
#include "mount-helper/sys.h"
#include "mount-helper/tree.h"

static const char *const files[LXCFS_FILES] = {
	"cpuinfo", "diskstats", "loadavg", "meminfo", "stat", "swaps", "uptime"};

enum { SEALED = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

static int is_lxcfs(const struct mountinfo *m, void *at)
{
	if (strcmp(m->type, "fuse.lxcfs") != 0 || strcmp(m->root, "/") != 0)
		return 0;
	snprintf(at, PATH_MAX, "%s", m->at);
	return 1;
}

int lxcfs_watch(void)
{
	return open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
}

void lxcfs_find(char at[PATH_MAX])
{
	if (mountinfo_each(is_lxcfs, at) != 1)
		at[0] = '\0';
}

/* What the kernel knows by heart says nothing of a server that has died. */
static bool answers(int file)
{
	struct statx x;
	return statx(file, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_INO, &x) == 0;
}

void lxcfs_take(struct boot *b)
{
	char path[PATH_MAX + 32];
	for (size_t i = 0; i < NELEM(files) && b->h->lxcfs[0] != '\0'; i++) {
		snprintf(path, sizeof(path), "%s/proc/%s", b->h->lxcfs, files[i]);
		b->lxcfs[i] = tree_clone(AT_FDCWD, path);
		if (b->lxcfs[i] >= 0 &&
			(!answers(b->lxcfs[i]) || tree_set(b->lxcfs[i], SEALED, -1) < 0))
			fd_close(&b->lxcfs[i]);
	}
}

int lxcfs_put(const struct boot *b)
{
	char path[32];
	for (size_t i = 0; i < NELEM(files); i++) {
		snprintf(path, sizeof(path), "proc/%s", files[i]);
		if (b->lxcfs[i] >= 0 && tree_attach(b->lxcfs[i], AT_FDCWD, path) < 0)
			return -1;
	}
	return 0;
}
