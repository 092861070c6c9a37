#include "mount-helper/hier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "mount-helper/mountinfo.h"

struct hier hiers[HIERS];
int nhiers;

/* Which files of a group become the daemon's: those that it writes. cgroup.procs never does: who may
 * write it may move processes out of their limits. */
static const struct controller {
	const char *name, *files[8];
} controllers[] = {
	{"cpu", {"cpu.shares", "cpu.cfs_quota_us", "cpu.idle"}},
	{"cpuacct", {NULL}},
	{"cpuset", {"cpuset.cpus"}},
	{"memory", {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes",
			   /* to be told of oom; it changes nothing in the group */
			   "cgroup.event_control"}},
	{"pids", {"pids.max"}},
	{"freezer", {"freezer.state"}},
	{"blkio", {"blkio.weight", "blkio.bfq.weight", "blkio.throttle.read_bps_device",
			  "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device",
			  "blkio.throttle.write_iops_device"}},
};

static const char *const v2_files[] = {"cpu.max", "cpu.weight", "cpu.idle", "cpuset.cpus",
	"memory.max", "memory.swap.max", "memory.high", "io.max", "io.weight", "io.bfq.weight",
	"pids.max", "cgroup.freeze"};
static const char *const v2_controllers[] = {"cpu", "memory", "pids", "io", "cpuset"};

/* The parent's own: its weight beside the host's other groups. */
static const char *const parent_files[] = {"cpu.shares", "cpu.weight"};

static void files_add(struct hier *h, const char *name)
{
	size_t n = 0;
	while (h->files[n] != NULL)
		n++;
	if (n + 1 < HIER_FILES)
		h->files[n] = name;
}

static bool has_word(const char *list, const char *word, const char *separators)
{
	size_t n = strlen(word);
	for (const char *p = list; *p != '\0'; p += strcspn(p, separators), p += *p != '\0')
		if (strcspn(p, separators) == n && memcmp(p, word, n) == 0)
			return true;
	return false;
}

static bool v1_controllers(struct hier *h, const char *options)
{
	bool any = false;
	for (size_t i = 0; i < NELEM(controllers); i++) {
		const struct controller *c = &controllers[i];
		if (!has_word(options, c->name, ","))
			continue;
		any = true;
		h->cpuset |= strcmp(c->name, "cpuset") == 0;
		h->freezer |= strcmp(c->name, "freezer") == 0;
		for (size_t k = 0; k < NELEM(c->files) && c->files[k] != NULL; k++)
			files_add(h, c->files[k]);
	}
	return any;
}

static int mount_seen(const struct mountinfo *m, void *arg)
{
	(void)arg;
	struct hier h = {.top = -1, .parent = -1, .v2 = strcmp(m->type, "cgroup2") == 0};
	if (nhiers == HIERS || (!h.v2 && strcmp(m->type, "cgroup") != 0))
		return 0;
	for (int i = 0; i < nhiers; i++)
		if (strcmp(hiers[i].device, m->device) == 0)
			return 0;
	if (!h.v2 && !v1_controllers(&h, m->options))
		return 0;
	for (size_t i = 0; h.v2 && i < NELEM(v2_files); i++)
		files_add(&h, v2_files[i]);
	h.top = open(m->at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h.top < 0) /* hidden below another mount */
		return 0;
	h.device = xstrdup(m->device);
	hiers[nhiers++] = h;
	return 0;
}

/* Switch on for the groups below dir what there is. One that can't go on must not keep back the
 * others, so one at a time. */
static void v2_enable(int dir)
{
	struct buf b = {0};
	if (fd_read_at(dir, "cgroup.controllers", &b) == 0) {
		for (size_t i = 0; i < NELEM(v2_controllers); i++) {
			char word[16];
			snprintf(word, sizeof(word), "+%s", v2_controllers[i]);
			if (has_word(buf_text(&b), v2_controllers[i], " \n") &&
				fd_write_at(dir, "cgroup.subtree_control", word) < 0)
				log_warn("control groups: %s", err_text());
		}
	}
	buf_finish(&b);
}

/* An empty cpuset takes no process: begin with all that the group above has. */
static void cpuset_begin(const struct hier *h)
{
	static const char *const names[] = {"cpuset.cpus", "cpuset.mems"};
	for (size_t i = 0; i < NELEM(names); i++) {
		struct buf b = {0};
		if (fd_read_at(h->top, names[i], &b) < 0 ||
			fd_write_at(h->parent, names[i], buf_text(&b)) < 0)
			log_warn("cpuset: %s", err_text());
		buf_finish(&b);
	}
	fd_write_at(h->parent, "cgroup.clone_children", "1");
}

/* Forget the files that this kernel has not, so that no start looks for them. */
static void files_probe(struct hier *h)
{
	size_t n = 0;
	for (size_t i = 0; h->files[i] != NULL; i++)
		if (faccessat(h->parent, h->files[i], F_OK, 0) == 0)
			h->files[n++] = h->files[i];
	h->files[n] = NULL;
}

static int parent_make(struct hier *h, const char *parent, uid_t uid, gid_t gid)
{
	if (h->v2)
		v2_enable(h->top);
	if (mkdirat(h->top, parent, 0755) < 0 && errno != EEXIST)
		return err_sys("make the control group %s", parent);
	h->parent = openat(h->top, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->parent < 0)
		return err_sys("open the control group %s", parent);
	if (h->cpuset)
		cpuset_begin(h);
	files_probe(h);
	for (size_t i = 0; i < NELEM(parent_files); i++)
		if (fchownat(h->parent, parent_files[i], uid, gid, 0) < 0 && errno != ENOENT)
			return err_sys("give the daemon %s/%s", parent, parent_files[i]);
	if (h->v2)
		v2_enable(h->parent);
	return 0;
}

int hier_open(const char *parent, uid_t uid, gid_t gid)
{
	if (mountinfo_each(mount_seen, NULL) < 0)
		return -1;
	for (int i = 0; i < nhiers; i++)
		if (parent_make(&hiers[i], parent, uid, gid) < 0)
			return -1;
	if (nhiers == 0)
		return err_set(EOPNOTSUPP,
			"no control groups are mounted: mount cgroup2 at /sys/fs/cgroup");
	return 0;
}

void hier_close(const char *parent)
{
	for (int i = 0; i < nhiers; i++)
		unlinkat(hiers[i].top, parent, AT_REMOVEDIR);
}
