#include "rctl/group.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/word.h"

/* Where each controller's hierarchy is mounted; "": nowhere. */
static struct mounted {
	const char *controller;
	char at[256];
} mounts[] = {{"cpu", ""}, {"cpuacct", ""}, {"cpuset", ""}, {"memory", ""}, {"pids", ""},
    {"freezer", ""}, {"blkio", ""}, {"unified", ""}};

static char parent_name[256];
static const struct group_face *face;

const struct group_face *group_face(void)
{
	return face;
}

static struct mounted *mount_find(const char *controller)
{
	for (size_t i = 0; i < NELEM(mounts); i++)
		if (strcmp(mounts[i].controller, controller) == 0)
			return &mounts[i];
	return NULL;
}

static void mount_note(const char *controller, const char *at)
{
	struct mounted *m = mount_find(controller);
	if (m != NULL && m->at[0] == '\0')
		snprintf(m->at, sizeof(m->at), "%s", at);
}

/* A line of /proc/self/mounts: DEVICE DIR TYPE OPTIONS (proc(5)). A v1 mount names its controllers
 * among its options. */
static void mount_parse(char *line)
{
	char *words[WORDS_MAX];
	if (word_split(line, words, WORDS_MAX) < 4)
		return;
	if (strcmp(words[2], "cgroup2") == 0)
		mount_note("unified", words[1]);
	if (strcmp(words[2], "cgroup") != 0)
		return;
	for (char *rest = words[3], *option; (option = strsep(&rest, ",")) != NULL;)
		mount_note(option, words[1]);
}

/* ---- which version has what ---- */

static struct buf v2_controllers; /* "cpuset cpu io memory hugetlb pids\n" */

/* Does v1 have the controller? For "unified": is v2 mounted at all? */
static bool on_v1(const char *controller)
{
	return mount_find(controller)->at[0] != '\0';
}

static bool on_v2(const char *controller)
{
	size_t n = strlen(controller);
	const char *p = buf_text(&v2_controllers);
	for (; *p != '\0'; p += strcspn(p, " \n"), p += *p != '\0')
		if (strcspn(p, " \n") == n && memcmp(p, controller, n) == 0)
			return true;
	return false;
}

/* v1 if neither has it: its error says what is missing. */
static const struct group_face *version_of(const char *v1, const char *v2)
{
	return !on_v1(v1) && on_v2(v2) ? &group_v2 : &group_v1;
}

static void face_memory(struct group_face *to, const struct group_face *from)
{
	to->set_memory = from->set_memory;
	to->check_swap = from->check_swap;
	to->get_memory = from->get_memory;
	to->get_memory_peak = from->get_memory_peak;
	to->get_memory_stat = from->get_memory_stat;
	to->get_oom = from->get_oom;
	to->watch_oom = from->watch_oom;
	to->told_oom = from->told_oom;
}

static void face_io(struct group_face *to, const struct group_face *from)
{
	to->has_io = from->has_io;
	to->set_io_weight = from->set_io_weight;
	to->set_io_max = from->set_io_max;
	to->get_io_stat = from->get_io_stat;
}

/* v2 can freeze each of its groups, whatever controllers it has; unlike in v1 a frozen process can
 * be killed. */
static void face_freezer(struct group_face *to)
{
	const struct group_face *from = on_v1("unified") ? &group_v2 : &group_v1;
	to->set_frozen = from->set_frozen;
	to->get_frozen = from->get_frozen;
}

static void face_compose(void)
{
	static struct group_face mixed;
	const struct group_face *pids = version_of("pids", "pids");
	mixed = *version_of("cpu", "cpu");
	mixed.set_cpus = version_of("cpuset", "cpuset")->set_cpus;
	mixed.set_pids = pids->set_pids;
	mixed.get_pids = pids->get_pids;
	face_memory(&mixed, version_of("memory", "memory"));
	face_io(&mixed, version_of("blkio", "io"));
	face_freezer(&mixed);
	if (on_v1("cpu") || on_v1("memory"))
		mixed.name = on_v1("unified") ? "hybrid" : "v1";
	face = &mixed;
}

const char *group_parent(void)
{
	return parent_name;
}

int group_init_from(const char *parent, char *text)
{
	char path[300];
	snprintf(parent_name, sizeof(parent_name), "%s", parent);
	for (size_t i = 0; i < NELEM(mounts); i++)
		mounts[i].at[0] = '\0';
	for (char *line; (line = word_line(&text)) != NULL;)
		mount_parse(line);
	buf_finish(&v2_controllers);
	snprintf(path, sizeof(path), "%s/cgroup.controllers", mount_find("unified")->at);
	if (on_v1("unified") && fd_read_at(-1, path, &v2_controllers) < 0)
		return -1;
	if (!on_v1("cpu") && !on_v2("cpu"))
		return err_set(EOPNOTSUPP, "no control groups with the cpu controller are mounted: "
					   "mount cgroup2 at /sys/fs/cgroup");
	face_compose();
	return 0;
}

int group_init(const char *parent)
{
	struct buf b = {0};
	int result = fd_read_at(-1, "/proc/self/mounts", &b);
	if (result == 0)
		result = group_init_from(parent, b.at);
	buf_finish(&b);
	return result;
}

int group_path(const char *controller, const char *group, const char *file, char *path, size_t size)
{
	const struct mounted *m = mount_find(controller);
	if (m == NULL || m->at[0] == '\0')
		return err_set(EOPNOTSUPP, "this host has no %s control group", controller);
	snprintf(path, size, "%s/%s/%s%s%s", m->at, parent_name, group, group[0] != '\0' ? "/" : "",
	    file);
	return 0;
}

int group_each(void (*fn)(uint64_t id, void *arg), void *arg)
{
	char path[512];
	if (group_path(on_v1("cpu") ? "cpu" : "unified", "", "", path, sizeof(path)) < 0)
		return -1;
	DIR *d = opendir(path);
	if (d == NULL)
		return 0; /* no zone has been started yet */
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		uint64_t id;
		if (e->d_type == DT_DIR && e->d_name[0] != '.' && word_u64(e->d_name, "", &id) == 0)
			fn(id, arg);
	}
	closedir(d);
	return 0;
}
