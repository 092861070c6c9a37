#include "mount-helper/kit/mount.h"

#include <errno.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/kit/sys.h"

int mount_new(const char *type, const char *const *options, uint64_t attr)
{
	cleanup_fd int fs = sys_fsopen(type);
	if (fs < 0)
		return err_sys("open a %s", type);
	for (; options[0] != NULL; options += 2)
		if (sys_fsconfig(fs, FSCONFIG_SET_STRING, options[0], options[1]) < 0)
			return err_sys("%s: set %s to %s", type, options[0], options[1]);
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return err_sys("make a %s", type);
	int mnt = sys_fsmount(fs, (unsigned)attr);
	return mnt < 0 ? err_sys("mount a %s", type) : mnt;
}

int mount_clone(int dir, const char *path)
{
	return sys_open_tree(dir, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
}

int mount_set(int mnt, uint64_t attr, int userns)
{
	const uint64_t shifted = attr | MOUNT_ATTR_IDMAP;
	struct mount_attr with = {.attr_set = shifted, .userns_fd = (unsigned)userns};
	if (userns >= 0 && sys_mount_setattr(mnt, &with) == 0)
		return 0;
	/* a file system that can't shift owners shows them as nobody, and works all the same */
	struct mount_attr a = {.attr_set = attr};
	return sys_mount_setattr(mnt, &a) < 0 ? err_sys("set a mount's attributes") : 0;
}

int mount_attach(int mnt, int root, const char *path)
{
	return sys_move_mount(mnt, root, path) < 0 ? err_sys("mount at /%s", path) : 0;
}
