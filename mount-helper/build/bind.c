/* Bind mounts of the host's files in a new root. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/bind.h"
#include "mount-helper/kit/mount.h"

int bind_add(struct boot *b, int dir, const struct bind_row *row)
{
	if (b->nbinds == BINDS)
		return err_set(E2BIG, "too many mounts in a root");
	int mnt = mount_clone(dir, row->from);
	if (mnt < 0)
		return err_sys("take %s of the host", row->from);
	b->binds[b->nbinds++] = (struct bind){row, mnt};
	return 0;
}

int mountpoint_make(int root, const char *path, bool file)
{
	char part[64];
	for (const char *p = strchr(path, '/'); p != NULL; p = strchr(p + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		if (mkdirat(root, part, 0755) < 0 && errno != EEXIST)
			return err_sys("make /%s", part);
	}
	int r = file ? mknodat(root, path, S_IFREG | 0444, 0) : mkdirat(root, path, 0755);
	return r < 0 && errno != EEXIST ? err_sys("make /%s", path) : 0;
}

int binds_attach(struct boot *b)
{
	for (int i = 0; i < b->nbinds; i++) {
		struct bind *s = &b->binds[i];
		if (mountpoint_make(b->rootfs, s->row->at, s->row->file) < 0 ||
		    mount_set(s->mnt, s->row->attr | boot_nosuid(b),
			s->row->shift ? b->userns : -1) < 0 ||
		    mount_attach(s->mnt, b->rootfs, s->row->at) < 0)
			return -1;
	}
	return 0;
}
