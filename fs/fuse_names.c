/* Entries of the tree: made, removed, renamed, listed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/file.h"
#include "fs/fuse_ops.h"

/* Refuse to make or remove one of the tree's own files. */
static void refuse_name(struct req *r, struct node *dir, const char *name, const char *does)
{
	char q[80];
	err_set(EPERM, "%s is refused: %s", does,
		dir->row != NULL && dir->row->dir != NULL
			? "entries here are made by mkdir, removed by rmdir and renamed by mv"
			: "the files here are the tree's own");
	file_refuse(r, dir->obj, word_quote(name, q, sizeof(q)));
}

void op_mkdir(fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct req *r = fuse_take(fr, parent);
	struct node dir;
	char q[80];
	r->mode = mode;
	if (!fuse_find(r, parent, &dir))
		return;
	if (dir.row == NULL || dir.row->dir == NULL) {
		refuse_name(r, &dir, name, "mkdir");
		return;
	}
	word_quote(name, q, sizeof(q));
	if (!word_is_name(name))
		err_set(EINVAL, "this is no name: give 1 to 63 of a-z A-Z 0-9 . _ - beginning with "
				"a letter or digit");
	else if (dir_find(dir.obj, dir.row, name) != NULL && !r->again)
		err_set(EEXIST, "there is one of this name: choose another");
	if (err_text()[0] != '\0' || dir.row->dir->make(dir.obj, dir.row, r, name) < 0)
		file_refuse(r, dir.obj, q);
	else
		fuse_park(fr);
}

void op_rmdir(fuse_req_t fr, fuse_ino_t parent, const char *name)
{
	struct req *r = fuse_take(fr, parent);
	struct node dir, n;
	if (!fuse_find(r, parent, &dir))
		return;
	if (dir.row == NULL || dir.row->dir == NULL)
		refuse_name(r, &dir, name, "rmdir");
	else if (node_lookup(&dir, name, &n) < 0)
		req_fail(r, r->again ? 0 : ENOENT); /* asked again, it may be gone already */
	else if (dir.row->dir->remove(n.obj, r) < 0)
		file_refuse(r, n.obj, "rmdir");
	else
		fuse_park(fr);
}

void op_rename(fuse_req_t fr, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
	const char *newname, unsigned flags)
{
	struct req *r = fuse_take(fr, parent);
	struct node dir, to, n, target;
	if (!fuse_find(r, parent, &dir) || !fuse_find(r, newparent, &to))
		return;
	if (dir.row == NULL || dir.row->dir == NULL || to.obj != dir.obj || to.row != dir.row) {
		refuse_name(r, &dir, name, "mv");
		return;
	}
	bool taken = node_lookup(&to, newname, &target) == 0;
	if (node_lookup(&dir, name, &n) < 0) {
		req_fail(r, r->again && taken ? 0 : ENOENT);
		return;
	}
	err_clear();
	if ((flags & ~(unsigned)RENAME_NOREPLACE) != 0)
		err_set(EINVAL, "only plain renaming is possible");
	else if (!word_is_name(newname))
		err_set(EINVAL, "this is no name: give 1 to 63 of a-z A-Z 0-9 . _ - beginning with "
				"a letter or digit");
	else if (taken)
		err_set(EEXIST, "there is one of this name: choose another");
	if (err_text()[0] != '\0' || dir.row->dir->rename(n.obj, r, newname) < 0)
		file_refuse(r, n.obj, "rename");
	else
		fuse_park(fr);
}

static void refuse_make(fuse_req_t fr, uint64_t parent, const char *name, const char *does)
{
	struct req *r = fuse_take(fr, parent);
	struct node dir;
	if (fuse_find(r, parent, &dir))
		refuse_name(r, &dir, name, does);
}

void op_mknod(fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	(void)mode, (void)dev;
	refuse_make(fr, parent, name, "making a file");
}

void op_create(
	fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	(void)mode, (void)fi;
	refuse_make(fr, parent, name, "making a file");
}

void op_symlink(fuse_req_t fr, const char *to, fuse_ino_t parent, const char *name)
{
	(void)to;
	refuse_make(fr, parent, name, "making a link");
}

void op_link(fuse_req_t fr, fuse_ino_t number, fuse_ino_t parent, const char *name)
{
	(void)number;
	refuse_make(fr, parent, name, "making a link");
}

void op_unlink(fuse_req_t fr, fuse_ino_t parent, const char *name)
{
	refuse_make(fr, parent, name, "removing");
}

/* One directory entry; false: the buffer is full. */
struct listing {
	fuse_req_t fr;
	char *at;
	size_t len, size;
};

static bool list_entry(struct listing *l, const char *name, const struct node *n, uint64_t next)
{
	struct stat st = {.st_ino = node_inode(n), .st_mode = node_is_dir(n) ? S_IFDIR : S_IFREG};
	size_t need =
		fuse_add_direntry(l->fr, l->at + l->len, l->size - l->len, name, &st, (off_t)next);
	if (need > l->size - l->len)
		return false;
	l->len += need;
	return true;
}

/* Positions: 1 and 2 behind . and .., then rows by their order or objects by their ids. */
enum { FIRST = 3 };

static void list_rows(struct listing *l, const struct node *dir, uint64_t off)
{
	uint64_t at = FIRST;
	struct node n = {dir->obj, NULL, 0};
	while ((n.row = row_next(dir->obj->type, n.row)) != NULL)
		if (at++ >= off && !list_entry(l, n.row->name, &n, at))
			return;
}

static void list_objs(struct listing *l, const struct node *dir, uint64_t off)
{
	list_each(o, &dir_of(dir->obj, dir->row)->objs, struct obj, sibling)
	{
		struct node n = {o, NULL, 0};
		if (o->id + FIRST >= off && !list_entry(l, o->name, &n, o->id + FIRST + 1))
			return;
	}
}

void op_readdir(fuse_req_t fr, fuse_ino_t number, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct req *r = fuse_take(fr, number);
	struct node dir, up;
	(void)fi;
	if (!fuse_find(r, number, &dir))
		return;
	struct listing l = {.fr = fr, .at = xcalloc(1, size), .size = size};
	node_lookup(&dir, "..", &up);
	if ((off >= 1 || list_entry(&l, ".", &dir, 1)) &&
		(off >= 2 || list_entry(&l, "..", &up, 2))) {
		if (dir.row == NULL)
			list_rows(&l, &dir, (uint64_t)off);
		else
			list_objs(&l, &dir, (uint64_t)off);
	}
	req_bytes(r, l.at, l.len);
	free(l.at);
}
