#include "mount-helper/cgroup/hier.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "mount-helper/kit/mountinfo.h"

struct hier hiers[HIERS];
int nhiers;

/* The files of a group that become the daemon's: those that it writes. cgroup.procs never does: who
 * may write that may move processes out of their limits. */
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

/* Files of the parent group that become the daemon's: its weight beside the host's other groups. */
static const char *const parent_files[] = {"cpu.shares", "cpu.weight", "cpu.idle"};

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

/* Enable in dir's subtree_control every available controller that is not enabled yet. One at a
 * time, as one that fails must not keep back the others. */
static void v2_enable(int dir)
{
	struct buf b = {0}, on = {0};
	if (fd_read_at(dir, "cgroup.controllers", &b) == 0 &&
	    fd_read_at(dir, "cgroup.subtree_control", &on) == 0) {
		for (size_t i = 0; i < NELEM(v2_controllers); i++) {
			char word[16];
			snprintf(word, sizeof(word), "+%s", v2_controllers[i]);
			if (has_word(buf_text(&b), v2_controllers[i], " \n") &&
			    !has_word(buf_text(&on), v2_controllers[i], " \n") &&
			    fd_write_at(dir, "cgroup.subtree_control", word) < 0)
				log_warn("control groups: %s", err_text());
		}
	}
	buf_finish(&b);
	buf_finish(&on);
}

/* v2 passes no controllers through a group that holds processes (the root apart). If our own group
 * is such a one, as a service's with Delegate= is, move all its processes to a group beside our
 * parent group. */
static void make_room(int dir, const char *own)
{
	struct buf b = {0};
	char self[16];
	snprintf(self, sizeof(self), "%d", getpid());
	bool ours = fd_read_at(dir, "cgroup.procs", &b) == 0 && has_word(buf_text(&b), self, "\n");
	if (ours && mkdirat(dir, own, 0755) < 0 && errno != EEXIST)
		log_warn("make the control group %s: %s", own, strerror(errno));
	char *rest = b.at, *procs = xasprintf("%s/cgroup.procs", own);
	for (char *pid; ours && (pid = word_line(&rest)) != NULL;)
		if (fd_write_at(dir, procs, pid) < 0)
			log_warn("control groups: %s", err_text()); /* it has ended */
	err_clear();
	free(procs);
	buf_finish(&b);
}

/* An empty cpuset takes no process: fill it with all that the group above has. */
static void cpuset_begin(int above, int dir)
{
	static const char *const names[] = {"cpuset.cpus", "cpuset.mems"};
	for (size_t i = 0; i < NELEM(names); i++) {
		struct buf b = {0};
		if (fd_read_at(above, names[i], &b) < 0 ||
		    fd_write_at(dir, names[i], buf_text(&b)) < 0)
			log_warn("cpuset: %s", err_text());
		buf_finish(&b);
	}
	fd_write_at(dir, "cgroup.clone_children", "1");
}

/* One level of our parent group's path. Returns its directory. */
static int level_make(const struct hier *h, int above, const char *name, const char *own)
{
	if (h->v2 && above != h->top)
		make_room(above, own);
	if (h->v2)
		v2_enable(above);
	if (mkdirat(above, name, 0755) < 0 && errno != EEXIST)
		return err_sys("make the control group %s", name);
	int dir = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0)
		return err_sys("open the control group %s", name);
	if (h->cpuset)
		cpuset_begin(above, dir);
	return dir;
}

static int levels_make(struct hier *h, const char *parent)
{
	char *copy = xstrdup(parent), *rest = copy, *last = strrchr(copy, '/');
	char *own = xasprintf(HIER_OWN "%s", last != NULL ? last + 1 : copy);
	int dir = h->top;
	for (char *name; dir >= 0 && (name = strsep(&rest, "/")) != NULL;) {
		int next = level_make(h, dir, name, own);
		if (dir != h->top)
			fd_close(&dir);
		dir = next;
	}
	free(own);
	free(copy);
	h->parent = dir;
	return dir < 0 ? -1 : 0;
}

/* Drop the files that this kernel does not have, so that no boot looks for them. */
static void files_probe(struct hier *h)
{
	size_t n = 0;
	for (size_t i = 0; h->files[i] != NULL; i++)
		if (faccessat(h->parent, h->files[i], F_OK, 0) == 0)
			h->files[n++] = h->files[i];
	h->files[n] = NULL;
}

static uint64_t kernel_number(const char *path)
{
	struct buf b = {0};
	uint64_t n = fd_read_at(-1, path, &b) == 0 ? strtoull(buf_text(&b), NULL, 10) : 0;
	buf_finish(&b);
	return n;
}

/* Bound the processes of all zones together to three quarters of what the kernel allows (proc(5)),
 * so that the host can always make some. A limit that somebody has set stays. */
static void pids_bound(int parent)
{
	struct buf b = {0};
	uint64_t pids = kernel_number("/proc/sys/kernel/pid_max"),
		 threads = kernel_number("/proc/sys/kernel/threads-max");
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, (pids < threads ? pids : threads) / 4 * 3);
	if (pids > 0 && threads > 0 && fd_read_at(parent, "pids.max", &b) == 0 &&
	    strncmp(buf_text(&b), "max", 3) == 0 && fd_write_at(parent, "pids.max", text) < 0)
		log_warn("control groups: %s", err_text());
	err_clear();
	buf_finish(&b);
}

/* The attribute that says which instance a parent group is of; it goes with the group.
 *
 * Another instance with the same parent would find groups of zones that it does not know, and take
 * them for dead. The mark outlasts an unmount, as the zones do. */
static const char mark[] = "trusted.warren";

static int parent_claim(const struct hier *h, const char *parent, const struct uid_table *t)
{
	uint8_t of[INSTANCE_BYTES];
	char path[PATH_MAX];
	bool known = fgetxattr(h->parent, mark, of, sizeof(of)) == (ssize_t)sizeof(of);
	if (known && memcmp(of, t->instance, sizeof(of)) != 0 && uids_place(t, of, path))
		return err_set(EEXIST,
		    "cgroup=%s is that of the instance with state=%s, whose zones may run: give a "
		    "group of its own with cgroup=",
		    parent, path);
	if (fsetxattr(h->parent, mark, t->instance, INSTANCE_BYTES, 0) < 0)
		log_warn("mark the group %s: %s", parent, strerror(errno));
	return 0;
}

static int parent_make(struct hier *h, const char *parent, uid_t uid, gid_t gid)
{
	files_probe(h);
	for (size_t i = 0; i < NELEM(parent_files); i++)
		if (fchownat(h->parent, parent_files[i], uid, gid, 0) < 0 && errno != ENOENT)
			return err_sys("give the daemon %s/%s", parent, parent_files[i]);
	pids_bound(h->parent);
	if (h->v2)
		v2_enable(h->parent);
	return 0;
}

int hier_open(const char *parent, uid_t uid, gid_t gid, const struct uid_table *t)
{
	if (mountinfo_each(mount_seen, NULL) < 0)
		return -1;
	for (int i = 0; i < nhiers; i++)
		if (levels_make(&hiers[i], parent) < 0 || parent_claim(&hiers[i], parent, t) < 0)
			return -1;
	for (int i = 0; i < nhiers; i++)
		if (parent_make(&hiers[i], parent, uid, gid) < 0)
			return -1;
	if (nhiers == 0)
		return err_set(
		    EOPNOTSUPP, "no control groups are mounted: mount cgroup2 at /sys/fs/cgroup");
	return 0;
}

bool hier_is_v2(void)
{
	return nhiers == 1 && hiers[0].v2;
}

/* The levels above it as well, as far as they are empty. */
void hier_close(const char *parent)
{
	char *path = xstrdup(parent);
	for (int i = 0; i < nhiers; i++) {
		memcpy(path, parent, strlen(parent) + 1);
		while (unlinkat(hiers[i].top, path, AT_REMOVEDIR) == 0 && strchr(path, '/') != NULL)
			*strrchr(path, '/') = '\0';
	}
	free(path);
}
