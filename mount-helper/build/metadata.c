#include "mount-helper/build/metadata.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/metalist.h"
#include "base/wire.h"
#include "mount-helper/kit/mount.h"
#include "mount-helper/kit/sys.h"

enum { INERT = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

/* A list and one file more, in whole pages; set-gid, so that all in it is of the zone's group 0. */
static int tmpfs_make(const struct boot *b)
{
	char uid[16], gid[16];
	snprintf(uid, sizeof(uid), "%u", (unsigned)uids_monitor(&b->uids));
	snprintf(gid, sizeof(gid), "%u", (unsigned)b->root_uid);
	const char *const options[] = {
	    "mode", "2750", "uid", uid, "gid", gid, "size", "4m", "nr_inodes", "1024", NULL};
	return mount_new("tmpfs", options, INERT);
}

static int metadata_fill(struct boot *b, const struct buf *list)
{
	static const struct buf none;
	if (metalist_place(b->metadata, list, &none) < 0)
		return -1;
	b->mdata[0] = wire_listen(b->metadata, METALIST_SOCKET, SOCK_STREAM);
	return b->mdata[0] < 0 ? -1 : 0;
}

int metadata_make(struct boot *b, int list)
{
	struct buf files = {0};
	b->metadata = tmpfs_make(b);
	if (b->metadata < 0 || metalist_read(list, &files) < 0)
		return -1;
	mode_t mask = umask(0117);
	setfsuid(uids_monitor(&b->uids));
	int r = metadata_fill(b, &files);
	setfsuid(0);
	umask(mask);
	buf_finish(&files);
	return r;
}

/* A mount can be cloned while it is attached: it is, for a moment, where the clone goes then. The
 * detached one lives on by its descriptor. */
int metadata_attach(struct boot *b)
{
	static const uint64_t in_root = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
	cleanup_fd int place = sys_openat2(b->rootfs, METADATA_AT, O_PATH | O_CLOEXEC, in_root);
	if (place < 0 || sys_move_mount_to(b->metadata, place) < 0)
		return err_sys("mount at /%s", METADATA_AT);
	cleanup_fd int seen = mount_clone(b->metadata, "");
	if (seen < 0)
		return err_sys("clone /%s", METADATA_AT);
	if (mount_set(seen, INERT | MOUNT_ATTR_RDONLY, -1) < 0)
		return -1;
	if (fchdir(b->metadata) < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_sys("detach /%s", METADATA_AT);
	return sys_move_mount_to(seen, place) < 0 ? err_sys("mount at /%s", METADATA_AT) : 0;
}
