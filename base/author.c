#include "base/author.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"

enum { NOBODY = 65534 };

/* Parse the groups of one line. If there are more than fit they count as unknown. */
static void groups_parse(struct author *a, const char *line)
{
	char *end;
	a->ngroups = 0;
	for (;; line = end) {
		unsigned long gid = strtoul(line, &end, 10);
		if (end == line || *line == '\n')
			return;
		if (a->ngroups == AUTHOR_GROUPS) {
			a->ngroups = AUTHOR_UNKNOWN;
			return;
		}
		a->groups[a->ngroups++] = (uint32_t)gid;
		if (*end == '\n')
			return;
	}
}

/* proc(5): real, effective, saved, file system */
struct ids {
	unsigned ruid, fsuid, rgid, fsgid;
	const char *groups;
};

static bool ids_parse(struct ids *i, const char *text)
{
	const char *uids = strstr(text, "\nUid:"), *gids = strstr(text, "\nGid:"),
		   *groups = strstr(text, "\nGroups:");
	if (uids == NULL || gids == NULL || groups == NULL ||
	    sscanf(uids, "\nUid: %u %*u %*u %u", &i->ruid, &i->fsuid) != 2 ||
	    sscanf(gids, "\nGid: %u %*u %*u %u", &i->rgid, &i->fsgid) != 2)
		return false;
	i->groups = groups + sizeof("\nGroups:") - 1;
	return true;
}

static int ids_author(struct author *a, const struct ids *i)
{
	if (i->ruid == i->fsuid && i->rgid != i->fsgid)
		return err_set(EPERM,
		    "a set-gid program writes this: write it with a program that is its user's "
		    "alone");
	groups_parse(a, i->groups);
	return 0;
}

int author_parse(struct author *a, const char *status)
{
	struct ids i;
	if (!ids_parse(&i, status))
		return err_set(EBADMSG, "what the kernel tells of a process can't be read");
	*a = (struct author){.uid = i.fsuid, .gid = i.fsgid};
	return ids_author(a, &i);
}

int author_read(struct author *a, uid_t uid, gid_t gid, pid_t pid)
{
	char path[40];
	struct buf b = {0};
	struct ids i;
	int r = 0;
	*a = (struct author){.uid = uid, .gid = gid, .ngroups = AUTHOR_UNKNOWN};
	if (pid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	/* a kernel thread that writes for a client (knfsd) has ids of its own: its groups are not
	 * the client's */
	if (fd_read_at(-1, path, &b) == 0 && ids_parse(&i, buf_text(&b)) && i.fsuid == uid &&
	    i.fsgid == gid)
		r = ids_author(a, &i);
	buf_finish(&b);
	return r;
}

bool author_in(const struct author *a, gid_t gid)
{
	if (a->gid == gid)
		return true;
	for (uint32_t i = 0; a->ngroups != AUTHOR_UNKNOWN && i < a->ngroups; i++)
		if (a->groups[i] == gid)
			return true;
	return false;
}

void author_save(const char *key, const struct author *a, struct buf *b)
{
	buf_printf(b, "%s %u %u%s", key, a->uid, a->gid, a->ngroups == AUTHOR_UNKNOWN ? " -" : "");
	for (uint32_t i = 0; a->ngroups != AUTHOR_UNKNOWN && i < a->ngroups; i++)
		buf_printf(b, " %u", a->groups[i]);
	buf_str(b, "\n");
}

static int line_refuse(void)
{
	return err_set(EBADMSG, "bad writer");
}

int author_load(struct author *a, char *text)
{
	char *words[AUTHOR_GROUPS + 2];
	uint64_t id[AUTHOR_GROUPS + 2];
	int n = word_split(text, words, AUTHOR_GROUPS + 2);
	bool unknown = n == 3 && strcmp(words[2], "-") == 0;
	if (n < 1)
		return line_refuse();
	n = unknown ? 2 : n;
	for (int i = 0; i < n; i++)
		if (word_u64(words[i], "", &id[i]) < 0 || id[i] >= UINT32_MAX)
			return line_refuse();
	*a = (struct author){.uid = (uint32_t)id[0], .gid = NOBODY};
	if (n == 1)
		return 0;
	a->gid = (uint32_t)id[1];
	a->ngroups = unknown ? AUTHOR_UNKNOWN : (uint32_t)n - 2;
	for (int i = 2; i < n; i++)
		a->groups[i - 2] = (uint32_t)id[i];
	return 0;
}
