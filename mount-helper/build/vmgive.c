#include "mount-helper/build/vmgive.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "mount-helper/build/vmfiles.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/qemugive.h"

static int hand_over(const struct helper *h, const struct helper_vm_give *q, int fd)
{
	char name[GROUP_NAME], command[96];
	group_name(q->id, name);
	snprintf(command, sizeof(command),
	    "{\"execute\":\"add-fd\",\"arguments\":{\"fdset-id\":%" PRIu32 "}}", q->set);
	return qemu_give(h, name, command, fd);
}

int vmgive(const struct helper *h, const struct helper_vm_give *q, int list)
{
	struct helper_vm_file *f;
	if (vmfiles_read(h, q->id, list, 1, &f) < 0)
		return -1;
	cleanup_fd int fd = vmfiles_open_path(f);
	free(f);
	return fd < 0 ? -1 : hand_over(h, q, fd);
}
