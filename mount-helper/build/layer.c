/* STATE/roots/ID.layers/IMAGE/{upper,work}: what a zone has changed of an image. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/layer.h"
#include "mount-helper/kit/remove.h"
#include "mount-helper/kit/sys.h"

static void layers_name(const char *name, char to[64])
{
	snprintf(to, 64, "%s.layers", name);
}

int layer_subdir(int at, const char *name)
{
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return err_sys("make the zone's layer");
	int fd = sys_openat2(
	    at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	return fd < 0 ? err_sys("open the zone's layer") : fd;
}

/* Give a new directory to the zone. A crash may have come before that, so it is looked at each
 * time. */
static int dir_give(int fd, uid_t owner, mode_t mode)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_sys("open the zone's layer");
	if (st.st_uid == owner)
		return 0;
	if (st.st_uid != 0)
		return err_set(EPERM,
		    "the zone's layer belongs to uid %u, the zone has %u: a zone keeps its uids",
		    (unsigned)st.st_uid, (unsigned)owner);
	if (fchmod(fd, mode) < 0 || fchown(fd, owner, owner) < 0)
		return err_sys("give the zone its layer");
	return 0;
}

int layer_dir(int roots, const char *name, uint64_t image)
{
	char layers[64], number[24];
	layers_name(name, layers);
	snprintf(number, sizeof(number), "%" PRIu64, image);
	cleanup_fd int all = layer_subdir(roots, layers);
	return all < 0 ? -1 : layer_subdir(all, number);
}

int layer_find(int roots, const char *name, uint64_t image)
{
	char path[96];
	snprintf(path, sizeof(path), "%s.layers/%" PRIu64, name, image);
	int fd = sys_openat2(
	    roots, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	return fd < 0 ? err_sys("open the zone's layer") : fd;
}

int layer_fill(int one, uid_t owner, mode_t mode)
{
	cleanup_fd int upper = layer_subdir(one, "upper");
	cleanup_fd int work = upper < 0 ? -1 : layer_subdir(one, "work");
	if (work < 0 || dir_give(work, owner, 0700) < 0 || dir_give(upper, owner, mode) < 0)
		return -1;
	return 0;
}

int layer_open(int roots, const char *name, uint64_t image, uid_t owner, mode_t mode)
{
	cleanup_fd int one = layer_dir(roots, name, image);
	return one < 0 || layer_fill(one, owner, mode) < 0 ? -1 : fd_move(&one);
}

int layers_remove(int roots, const char *name)
{
	char layers[64];
	layers_name(name, layers);
	return remove_all(roots, layers);
}
