#include "mount-helper/build/vmgive.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/vmfiles.h"
#include "mount-helper/build/vmmount.h"
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

/* The monitor hears of it first: one of an older warren does not know how, and then QEMU has
 * nothing. virtiofsd ends when this process does, unless QEMU has its other end by then. */
static int mount_give(const struct helper *h, uint64_t id, const struct helper_vm_file *f)
{
	char name[GROUP_NAME], command[96];
	struct group_join join;
	cleanup_fd int sock = -1, ended = -1, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const struct vmmount_for v = {h, id, &join, null};
	if (null < 0)
		return err_sys("open /dev/null");
	if (group_join_open(&join, id) < 0 || vmmount_open(&v, f, &sock, &ended) < 0)
		return -1;
	group_name(id, name);
	snprintf(command, sizeof(command),
	    "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"mount%" PRIu32 "\"}}", f->disk);
	return qemu_serve(h, name, f->disk, ended) < 0 ? -1 : qemu_give(h, name, command, sock);
}

static int file_give(
    const struct helper *h, const struct helper_vm_give *q, const struct helper_vm_file *f)
{
	struct boot b = {.h = h, .uids = q->uids, .root_uid = q->uids.base};
	int fds[2] = {-1, -1};
	group_name(q->id, b.name);
	int r = vmfiles_open_more(&b, f, fds);
	cleanup_fd int file = fds[0], below = fds[1];
	if (r == 0)
		r = hand_over(h, q->id, q->set, file);
	return r == 0 && below >= 0 ? hand_over(h, q->id, q->below, below) : r;
}

int vmgive(const struct helper *h, const struct helper_vm_give *q, int list)
{
	struct helper_vm_file *f;
	if (vmfiles_read(h, q->id, list, 1, &f) < 0)
		return -1;
	bool mount = vm_file_is_mount(f);
	int r = mount ? mount_give(h, q->id, f) : file_give(h, q, f);
	free(f);
	return r < 0 && mount ? err_wrap("mounts") : r;
}
