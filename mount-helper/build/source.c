/* What a root takes from the host, and how it is put there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/source.h"
#include "mount-helper/kit/tree.h"

int source_add(struct boot *b, int dir, const struct source_row *row)
{
	if (b->nsources == SOURCES)
		return err_set(E2BIG, "too many mounts in a root");
	int tree = tree_clone(dir, row->from);
	if (tree < 0)
		return err_sys("take %s of the host", row->from);
	b->sources[b->nsources++] = (struct source){row, tree};
	return 0;
}

int point_make(int root, const char *path, bool file)
{
	char part[64];
	for (const char *p = strchr(path, '/'); p != NULL; p = strchr(p + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		if (mkdirat(root, part, 0755) < 0 && errno != EEXIST)
			return err_sys("make /%s", part);
	}
	int r = file ? mknodat(root, path, S_IFREG | 0444, 0) : mkdirat(root, path, 0755);
	return r < 0 && errno != EEXIST ? err_sys("make /%s", path) : 0;
}

int sources_attach(struct boot *b)
{
	for (int i = 0; i < b->nsources; i++) {
		struct source *s = &b->sources[i];
		if (point_make(b->tree, s->row->at, s->row->file) < 0 ||
		    tree_set(s->tree, s->row->attr | boot_nosuid(b),
			s->row->shift ? b->userns : -1) < 0 ||
		    tree_attach(s->tree, b->tree, s->row->at) < 0)
			return -1;
	}
	return 0;
}
