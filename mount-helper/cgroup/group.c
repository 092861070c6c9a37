#include "mount-helper/cgroup/group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"

#define GROUP_ZONE "zone"
#define GROUP_JOBS "jobs"
#define GROUP_INNER "zone/warren.jobs"
/* A Debian system has about 60 groups, 5 deep; one with containers inside has more. Every program
 * that reads or removes groups goes through all of them. */
#define GROUP_DESCENDANTS "1024"
#define GROUP_DEPTH "32"

void group_name(uint64_t id, char name[GROUP_NAME])
{
	snprintf(name, GROUP_NAME, "%" PRIu64, id);
}

static int files_give(const struct hier *h, const char *name, uid_t uid, gid_t gid)
{
	char path[GROUP_NAME + 64];
	for (int i = 0; h->files[i] != NULL; i++) {
		snprintf(path, sizeof(path), "%s/%s", name, h->files[i]);
		if (fchownat(h->parent, path, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return err_sys("give the daemon %s", path);
	}
	return 0;
}

/* A cpuset that is empty when made (a neighbour is exclusive) takes no process: go without. */
static bool cpuset_is_empty(const struct hier *h, const char *name)
{
	char path[GROUP_NAME + 64], c = '\n';
	snprintf(path, sizeof(path), "%s/cpuset.cpus", name);
	cleanup_fd int fd = openat(h->parent, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || read(fd, &c, 1) < 1 || c == '\n';
}

/* 0: gone */
static int one_remove(const struct hier *h, const char *name)
{
	static const char *const below[] = {GROUP_INNER, GROUP_ZONE, GROUP_JOBS};
	char path[GROUP_NAME + 32];
	for (size_t i = 0; h->v2 && i < NELEM(below); i++) {
		snprintf(path, sizeof(path), "%s/%s", name, below[i]);
		unlinkat(h->parent, path, AT_REMOVEDIR);
	}
	return unlinkat(h->parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

static int one_make(const struct hier *h, const char *name, uid_t uid, gid_t gid)
{
	int r = mkdirat(h->parent, name, 0755);
	/* an old one has old limits: it goes first */
	if (r < 0 && errno == EEXIST) {
		if (one_remove(h, name) < 0)
			return err_set(
			    EEXIST, "processes are left in the control group %s: halt first", name);
		r = mkdirat(h->parent, name, 0755);
	}
	if (r < 0)
		return h->cpuset ? 0 : err_sys("make the control group %s", name);
	if (h->cpuset && cpuset_is_empty(h, name))
		return (void)unlinkat(h->parent, name, AT_REMOVEDIR), 0;
	return files_give(h, name, uid, gid);
}

/* Enable in dir's subtree_control all controllers that dir has. In one write: each write waits for
 * a grace period on older kernels. */
static int controllers_pass(int dir)
{
	struct buf has = {0}, words = {0};
	int r = fd_read_at(dir, "cgroup.controllers", &has);
	char *rest = has.at;
	for (char *name; r == 0 && (name = strsep(&rest, " \n")) != NULL;)
		if (*name != '\0')
			buf_printf(&words, "%s+%s", words.len > 0 ? " " : "", name);
	if (words.len > 0)
		r = fd_write_at(dir, "cgroup.subtree_control", buf_text(&words));
	buf_finish(&has);
	buf_finish(&words);
	return r;
}

/* The kernel's cgroup-v2, "Delegation": the directory and the files that move processes and make
 * groups in it, none that limits. */
static int zone_give(int parent, const char *name, uid_t root)
{
	static const char *const given[] = {
	    "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"};
	cleanup_fd int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys("open the control group %s", name);
	for (size_t i = 0; i < NELEM(given); i++)
		if (fchownat(dir, given[i], root, root, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys("give the zone %s", given[i]);
	return fchown(dir, root, root) < 0 ? err_sys("give the zone its control group") : 0;
}

int group_delegate(uint64_t id, uid_t root)
{
	char name[GROUP_NAME];
	group_name(id, name);
	if (!hier_is_v2())
		return 0;
	cleanup_fd int dir = openat(hiers[0].parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys("open the control group %s", name);
	if (controllers_pass(dir) < 0)
		return -1;
	if (mkdirat(dir, GROUP_ZONE, 0755) < 0 || mkdirat(dir, GROUP_INNER, 0755) < 0 ||
	    mkdirat(dir, GROUP_JOBS, 0755) < 0)
		return err_sys("make the control groups of %s", name);
	/* how many groups are made bounds what they cost the host's kernel */
	if (fd_write_at(dir, GROUP_ZONE "/cgroup.max.descendants", GROUP_DESCENDANTS) < 0 ||
	    fd_write_at(dir, GROUP_ZONE "/cgroup.max.depth", GROUP_DEPTH) < 0)
		return -1;
	return zone_give(dir, GROUP_ZONE, root) < 0 ? -1 : zone_give(dir, GROUP_INNER, root);
}

/* Open the part below a group, or the group itself if it has no such part. */
static int part_open(const struct hier *h, const char *name, const char *part)
{
	char path[GROUP_NAME + 16];
	snprintf(path, sizeof(path), "%s/%s", name, part);
	int fd = openat(h->parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 && errno == ENOENT
		   ? openat(h->parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
		   : fd;
}

int group_make(uint64_t id, uid_t uid, gid_t gid)
{
	char name[GROUP_NAME];
	group_name(id, name);
	for (int i = 0; i < nhiers; i++) {
		if (one_make(&hiers[i], name, uid, gid) == 0)
			continue;
		while (i-- > 0)
			unlinkat(hiers[i].parent, name, AT_REMOVEDIR);
		return -1;
	}
	return 0;
}

int group_join_open(struct group_join *w, uint64_t id)
{
	char name[GROUP_NAME], path[GROUP_NAME + 16];
	group_name(id, name);
	/* a single thread that moves itself takes no lock of the kernel's that all processes share;
	 * cgroup.procs would, and waits a grace period for it: 4 to 16 ms instead of 10 us */
	snprintf(path, sizeof(path), "%s/tasks", name);
	*w = (struct group_join){.v2 = -1, .init = -1};
	for (int i = 0; i < nhiers; i++) {
		const struct hier *h = &hiers[i];
		int fd = h->v2 ? part_open(h, name, GROUP_JOBS)
			       : openat(h->parent, path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 && h->cpuset && errno == ENOENT)
			continue;
		if (fd < 0)
			return err_sys("open the control group %s", name);
		if (!h->v2)
			w->tasks[w->n++] = fd;
		else if ((w->init = part_open(h, name, GROUP_ZONE)) < 0)
			return close(fd), err_sys("open the control group %s", name);
		else
			w->v2 = fd;
	}
	return 0;
}

int group_tasks_open(int tasks[HIERS], uint64_t id)
{
	char path[GROUP_NAME + 16], name[GROUP_NAME];
	int n = 0;
	group_name(id, name);
	for (int i = 0; i < nhiers; i++) {
		const struct hier *h = &hiers[i];
		snprintf(path, sizeof(path), "%s/tasks", name);
		cleanup_fd int dir = h->v2 ? part_open(h, name, GROUP_JOBS) : -1;
		int fd = h->v2 ? openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC)
			       : openat(h->parent, path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 && hiers[i].cpuset && errno == ENOENT)
			continue;
		if (fd < 0)
			return err_sys("open the control group %s", name);
		tasks[n++] = fd;
	}
	return n;
}

int group_inner_open(uint64_t id)
{
	char path[GROUP_NAME + 48];
	snprintf(path, sizeof(path), "%" PRIu64 "/" GROUP_INNER "/cgroup.procs", id);
	return hier_is_v2() ? openat(hiers[0].parent, path, O_WRONLY | O_CLOEXEC) : -1;
}

int group_enter(const struct group_join *w, int all)
{
	for (int i = 0; i < w->n; i++)
		if (write(w->tasks[i], "0", 1) < 0)
			return err_sys("enter a control group");
	if (all && w->v2 >= 0 && fd_write_at(w->v2, "cgroup.procs", "0") < 0)
		return -1;
	return 0;
}

int group_remove(uint64_t id)
{
	char name[GROUP_NAME];
	group_name(id, name);
	int left = 0;
	for (int i = 0; i < nhiers; i++)
		if (one_remove(&hiers[i], name) < 0)
			left = 1;
	return left;
}
