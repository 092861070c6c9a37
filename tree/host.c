#include "tree/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "host/probe.h"
#include "rctl/group.h"
#include "rctl/limits.h"
#include "vm/kvm/accel.h"

/* Found by the same rule as in mount-helper/build/lxcfs.c. */
static void show_lxcfs(struct buf *b)
{
	struct buf mounts = {0};
	const char *at = NULL;
	char path[40];
	/* the daemon does not see the host's mounts, the helper does */
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)getppid());
	if (fd_read_at(-1, path, &mounts) == 0)
		at = strstr(buf_text(&mounts), " - fuse.lxcfs ");
	while (at != NULL && at > mounts.at && at[-1] != '\n')
		at--;
	for (int i = 0; at != NULL && i < 4; i++) /* ID PARENT DEVICE ROOT AT */
		at = strchr(at, ' ') + 1;
	buf_printf(
	    b, "lxcfs %.*s\n", at != NULL ? (int)strcspn(at, " ") : 2, at != NULL ? at : "no");
	buf_finish(&mounts);
}

void host_show(const struct host_counts *n, struct buf *b)
{
	struct sysinfo si;
	struct utsname un;
	sysinfo(&si);
	uname(&un);
	buf_printf(b, "cpus %u\nmemory %" PRIu64 "\nkernel %s\ncgroup %s\n", host_cpus(),
	    (uint64_t)si.totalram * si.mem_unit, un.release,
	    group_face() != NULL ? group_face()->name : "none");
	accel_show(b);
	host_probe_show(b);
	show_lxcfs(b);
	buf_printf(b, "zones %zu\nvms %zu\nrunning %u\nuptime %ld\n", n->zones, n->vms, n->running,
	    si.uptime);
}
