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

/* Where each controller's hierarchy is mounted; "" where it is not. */
static struct mounted {
	const char *controller;
	char at[256];
} mounts[] = {{"cpu", ""}, {"cpuacct", ""}, {"cpuset", ""}, {"memory", ""}, {"pids", ""},
	{"freezer", ""}, {"blkio", ""}, {"unified", ""}};

static char parent_name[64];
static const struct group_face *face;

const struct group_face *group_face(void)
{
	return face;
}

static struct mounted *find(const char *controller)
{
	for (size_t i = 0; i < NELEM(mounts); i++)
		if (strcmp(mounts[i].controller, controller) == 0)
			return &mounts[i];
	return NULL;
}

static void take(const char *controller, const char *at)
{
	struct mounted *m = find(controller);
	if (m != NULL && m->at[0] == '\0')
		snprintf(m->at, sizeof(m->at), "%s", at);
}

/* A line of /proc/self/mounts: DEVICE DIR TYPE OPTIONS (proc(5)). A v1 mount names its controllers
 * among its options. */
static void take_mount(char *line)
{
	char *words[WORDS_MAX];
	if (word_split(line, words, WORDS_MAX) < 4)
		return;
	if (strcmp(words[2], "cgroup2") == 0)
		take("unified", words[1]);
	if (strcmp(words[2], "cgroup") != 0)
		return;
	for (char *rest = words[3], *option; (option = strsep(&rest, ",")) != NULL;)
		take(option, words[1]);
}

int group_init(const char *parent)
{
	struct buf b = {0};
	snprintf(parent_name, sizeof(parent_name), "%s", parent);
	if (fd_read_at(-1, "/proc/self/mounts", &b) < 0)
		return -1;
	char *rest = b.at;
	for (char *line; (line = word_line(&rest)) != NULL;)
		take_mount(line);
	buf_finish(&b);
	if (find("cpu")->at[0] == '\0')
		return err_set(EOPNOTSUPP,
			"no cgroup v1 hierarchy with the cpu controller is mounted: mount one at /sys/fs/cgroup/cpu");
	face = &group_v1;
	return 0;
}

int group_path(const char *controller, const char *group, const char *file, char *path, size_t size)
{
	const struct mounted *m = find(controller);
	if (m == NULL || m->at[0] == '\0')
		return err_set(EOPNOTSUPP, "this host has no %s control group", controller);
	snprintf(path, size, "%s/%s/%s%s%s", m->at, parent_name, group, group[0] != '\0' ? "/" : "",
		file);
	return 0;
}

int group_each(void (*fn)(uint64_t id, void *arg), void *arg)
{
	char path[512];
	if (group_path("cpu", "", "", path, sizeof(path)) < 0)
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
