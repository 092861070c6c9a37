/* Names of an archive's entries. Each is taken as a path below the root that is unpacked into.
 * Links on the path are followed as a zone would follow them, so that none leads out. */
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "import/name.h"

enum { LINKS_MAX = 40 }; /* as path_resolution(7) */

static int name_refuse(const char *name, int code, const char *why)
{
	char q[200];
	return err_set(code, "\"%s\" %s", word_quote(name, q, sizeof(q)), why);
}

static bool leaves_root(const char *name)
{
	for (const char *p = name; *p != '\0'; p += strcspn(p, "/"), p += strspn(p, "/"))
		if (strcspn(p, "/") == 2 && strncmp(p, "..", 2) == 0)
			return true;
	return false;
}

static bool part_too_long(const char *name)
{
	for (const char *p = name; *p != '\0'; p += strcspn(p, "/"), p += strspn(p, "/"))
		if (strcspn(p, "/") > NAME_MAX)
			return true;
	return false;
}

static int check(const char *name, const char *what)
{
	if (name == NULL)
		return err_set(EINVAL, "a file has a %s that is no UTF-8", what);
	if (leaves_root(name))
		return name_refuse(name, EINVAL, "leaves the root by ..: give an archive without");
	if (strlen(name) >= PATH_MAX || part_too_long(name))
		return name_refuse(name, ENAMETOOLONG, "is too long a name");
	return 0;
}

/* ---- the way there ---- */

struct way {
	struct buf done; /* no link is in it */
	char *rest; /* owned */
	int links;
};

static void part_drop(struct buf *done)
{
	const char *slash = done->len > 0 ? strrchr(buf_text(done), '/') : NULL;
	buf_cut(done, slash != NULL ? (size_t)(slash - done->at) : 0);
}

static void part_add(struct buf *done, const char *part, size_t n)
{
	if (n == 2 && strncmp(part, "..", n) == 0)
		part_drop(done);
	else if (n > 0 && !(n == 1 && *part == '.'))
		buf_printf(done, "%s%.*s", done->len > 0 ? "/" : "", (int)n, part);
}

/* If the path so far ends in a link, put the link's text before the rest of the path. */
static void link_follow(struct way *w)
{
	char to[PATH_MAX];
	ssize_t n = w->done.len > 0 ? readlink(w->done.at, to, sizeof(to) - 1) : -1;
	if (n < 0)
		return; /* no link, or nothing yet */
	to[n] = '\0';
	if (*to == '/')
		buf_cut(&w->done, 0);
	else
		part_drop(&w->done);
	char *rest = xasprintf("%s/%s", to, w->rest);
	free(w->rest);
	w->rest = rest;
	w->links++;
}

/* Follow all parts but the last, which the entry itself makes. */
static void way_go(struct way *w)
{
	char *slash;
	while ((slash = strchr(w->rest, '/')) != NULL && w->links <= LINKS_MAX) {
		char *rest = xstrdup(slash + 1);
		part_add(&w->done, w->rest, (size_t)(slash - w->rest));
		free(w->rest);
		w->rest = rest;
		link_follow(w);
	}
	part_add(&w->done, w->rest, strlen(w->rest));
}

/* Owned by the caller; NULL: refused. */
static char *path_resolve(const char *name)
{
	size_t n = strlen(name);
	while (n > 0 && name[n - 1] == '/')
		n--;
	struct way w = {.rest = xstrndup(name, n)};
	way_go(&w);
	free(w.rest);
	if (w.links > LINKS_MAX)
		name_refuse(name, EINVAL, "leads through too many links");
	else if (w.done.len >= PATH_MAX)
		name_refuse(name, ENAMETOOLONG, "is too long a name");
	else
		return w.done.len > 0 ? buf_take(&w.done, NULL) : xstrdup(".");
	buf_finish(&w.done);
	return NULL;
}

int names_fit(struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e), *link = archive_entry_hardlink(e);
	if (check(name, "name") < 0 || (link != NULL && check(link, "link") < 0))
		return -1;
	if (*name == '\0')
		return err_set(EINVAL, "a file has no name");
	char *there = path_resolve(name);
	char *other = there != NULL && link != NULL ? path_resolve(link) : NULL;
	bool whole = there != NULL && (link == NULL || other != NULL);
	if (whole)
		archive_entry_set_pathname(e, there);
	if (other != NULL)
		archive_entry_set_hardlink(e, other);
	free(there);
	free(other);
	return whole ? 0 : -1;
}
