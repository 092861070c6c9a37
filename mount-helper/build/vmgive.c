#include "mount-helper/build/vmgive.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "mount-helper/build/vmfiles.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/qemugive.h"

static int hand_over(const struct helper *h, uint64_t id, uint32_t set, int fd)
{
	char name[GROUP_NAME], command[96];
	group_name(id, name);
	snprintf(command, sizeof(command),
	    "{\"execute\":\"add-fd\",\"arguments\":{\"fdset-id\":%" PRIu32 "}}", set);
	return qemu_give(h, name, command, fd);
}

int vmgive(const struct helper *h, const struct helper_vm_give *q, int list)
{
	struct helper_vm_file *f;
	struct boot b = {.h = h, .uids = q->uids, .root_uid = q->uids.base};
	int fds[2] = {-1, -1};
	if (vmfiles_read(h, q->id, list, 1, &f) < 0)
		return -1;
	group_name(q->id, b.name);
	int r = vmfiles_open_more(&b, f, fds);
	free(f);
	cleanup_fd int file = fds[0], below = fds[1];
	if (r == 0)
		r = hand_over(h, q->id, q->set, file);
	return r == 0 && below >= 0 ? hand_over(h, q->id, q->below, below) : r;
}
