#include "mount-helper/kit/node.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/err.h"

int node_make(int dir, const char *name, unsigned major, unsigned minor, mode_t mode)
{
	if (mknodat(dir, name, S_IFCHR | mode, makedev(major, minor)) < 0)
		return err_sys("make the device %s", name);
	return 0;
}
