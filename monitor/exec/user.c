#include "monitor/exec/user.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"

enum { FILE_MAX = 1 << 20, FIELDS = 7, ID_MAX = 65534 };

static char text[FILE_MAX + 1]; /* static memory costs the monitor nothing as long as it is not
				 * written */

/* A missing file counts as empty. The zone may have put anything in its place. */
static int file_read(const char *path)
{
	struct stat st;
	text[0] = '\0';
	cleanup_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys("user: open the zone's %s", path);
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return err_set(
		    EIO, "user: the zone's %s is no file of at most %d bytes", path, FILE_MAX);
	size_t n = 0;
	for (ssize_t k; n < FILE_MAX && (k = read(fd, text + n, FILE_MAX - n)) > 0;)
		n += (size_t)k;
	text[n] = '\0';
	return 0;
}

/* Cut a line at its colons; false: not that many fields. */
static bool fields_cut(char *line, char **fields, int n)
{
	for (int i = 0; i < n; i++)
		if ((fields[i] = strsep(&line, ":")) == NULL)
			return false;
	return true;
}

static bool id_parse(const char *s, unsigned *id)
{
	char *end;
	if (!isdigit((unsigned char)*s))
		return false;
	unsigned long n = strtoul(s, &end, 10);
	*id = (unsigned)n;
	return *end == '\0' && n <= ID_MAX;
}

static bool is_path(const char *s)
{
	return strlen(s) < USER_TEXT;
}

static bool passwd_line(char *line, const char *name, bool number, unsigned id, struct user *u)
{
	char *f[FIELDS];
	unsigned uid, gid;
	if (!fields_cut(line, f, FIELDS) || !id_parse(f[2], &uid) || !id_parse(f[3], &gid) ||
	    !is_path(f[0]) || !is_path(f[5]))
		return false;
	if (number ? uid != id : strcmp(f[0], name) != 0)
		return false;
	u->uid = uid;
	u->gid = gid;
	snprintf(u->name, sizeof(u->name), "%s", f[0]);
	snprintf(u->home, sizeof(u->home), "%s", *f[5] == '/' ? f[5] : "/");
	return true;
}

static bool is_member(char *members, const char *name)
{
	for (char *m; (m = strsep(&members, ",")) != NULL;)
		if (strcmp(m, name) == 0)
			return true;
	return false;
}

static void group_line(char *line, struct user *u)
{
	char *f[4];
	unsigned gid;
	if (fields_cut(line, f, 4) && id_parse(f[2], &gid) && u->ngroups < USER_GROUPS &&
	    gid != u->gid && is_member(f[3], u->name))
		u->groups[u->ngroups++] = gid;
}

static int groups_find(struct user *u)
{
	char *rest = text;
	u->groups[u->ngroups++] = u->gid;
	if (u->name[0] == '\0')
		return 0;
	if (file_read("/etc/group") < 0)
		return -1;
	for (char *line; (line = word_line(&rest)) != NULL;)
		group_line(line, u);
	return 0;
}

/* root needs no line, and a number no name. */
static int user_unlisted(const char *name, bool number, unsigned id, struct user *u)
{
	char q[64];
	bool root = strcmp(name, "root") == 0;
	if (!root && !number)
		return err_set(EINVAL,
		    "user: there is no \"%s\" in the zone's /etc/passwd: give one that is, or a "
		    "number",
		    word_quote(name, q, sizeof(q)));
	u->uid = u->gid = root ? 0 : id;
	snprintf(u->home, sizeof(u->home), "%s", u->uid == 0 ? "/root" : "/");
	if (u->uid == 0)
		snprintf(u->name, sizeof(u->name), "root");
	return 0;
}

int user_find(const char *name, struct user *u)
{
	unsigned id = 0;
	bool number = id_parse(name, &id), found = false;
	char *rest = text;
	*u = (struct user){0};
	if (file_read("/etc/passwd") < 0)
		return -1;
	for (char *line; !found && (line = word_line(&rest)) != NULL;)
		found = passwd_line(line, name, number, id, u);
	if (!found && user_unlisted(name, number, id, u) < 0)
		return -1;
	return groups_find(u);
}
