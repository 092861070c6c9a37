/* Entries of the tree: made, removed, renamed, listed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/entry.h"
#include "fs/error.h"
#include "fs/fuse_ops.h"

/* ---- what is refused, and what would be right ---- */

static bool has_entries(const struct node *dir)
{
	return dir->row != NULL && dir->row->dir != NULL;
}

/* Refuse with the error of err_set, as the error of `name` in this directory. */
static void name_refuse(struct req *r, const struct node *dir, const char *name)
{
	char q[80];
	error_refuse(r, dir->obj, word_quote(name, q, sizeof(q)));
}

/* Refuse to make a name that can't be here: a file of the tree was meant, or a mkdir. */
static void refuse_new(struct req *r, const struct node *dir, const char *name)
{
	char q[80];
	if (name[0] == '.' && !has_entries(dir)) { /* an editor's own file: the reason helps
						    * nobody */
		req_fail(r, ENOENT);
		return;
	}
	word_quote(name, q, sizeof(q));
	const struct row *meant =
	    has_entries(dir) ? NULL : row_nearest(dir->obj->type, name, false);
	if (has_entries(dir) && dir->row->dir->files)
		err_set(EPERM, "there are plain files here and nothing else: make a file");
	else if (has_entries(dir))
		err_set(ENOENT, "there is no %s here: mkdir makes one", q);
	else if (meant != NULL)
		err_set(ENOENT, "no file %s here: %s? See help", q, meant->name);
	else
		err_set(ENOENT,
		    "no file %s here, and none can be made beside these: write to one of "
		    "them in place. See help",
		    q);
	name_refuse(r, dir, name);
	dir->obj->error_passes = true;
}

/* What is neither a file nor a directory. */
static void refuse_special(struct req *r, const struct node *dir, const char *name)
{
	err_set(
	    EPERM, "links, pipes, sockets and devices can't be in this tree: keep it elsewhere");
	name_refuse(r, dir, name);
}

/* One of the tree's own files, which is to be removed or renamed. */
static void refuse_own(struct req *r, const struct node *dir, const char *name, const char *does)
{
	const struct obj *o = dir->obj;
	if (dir->row == NULL && o->slot != NULL)
		err_set(EPERM,
		    "%s is refused, as the files here are the tree's own: rmdir %s/%s destroys all "
		    "of it",
		    does, o->slot->name, o->name);
	else
		err_set(EPERM, "%s is refused: the files here are the tree's own", does);
	name_refuse(r, dir, name);
}

/* Is it one of the entries beside which an entry of dir stands? */
static bool is_entry_of(const struct node *n, const struct node *dir)
{
	return n->row == NULL && n->obj->slot == dir->row && n->obj->parent == dir->obj;
}

static int check_name(const char *name)
{
	return word_is_name(name)
		   ? 0
		   : err_set(EINVAL, "this is no name: give 1 to 63 of a-z A-Z 0-9 . _ - "
				     "beginning with a letter or digit");
}

/* Can an entry of this name be made here? */
static int check_new(const struct req *r, const struct node *dir, const char *name)
{
	bool any = dir->row->dir->make != NULL && dir->row->dir->files;
	if (!any && check_name(name) < 0)
		return -1;
	struct node old;
	if (node_lookup(dir, name, &old) == 0 && (!r->again || old.obj == dir->obj))
		return err_set(EEXIST, "there is one of this name: choose another");
	err_clear();
	return 0;
}

static void made_or_refused(struct req *r, const struct node *dir, const char *name, int result)
{
	char q[80];
	if (result < 0)
		error_refuse(r, dir->obj, word_quote(name, q, sizeof(q)));
	else
		fuse_park();
}

void op_mkdir(fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct req *r = fuse_receive(fr, parent);
	struct node dir;
	r->mode = mode;
	if (!fuse_find_to_change(r, parent, &dir))
		return;
	if (!has_entries(&dir) || dir.row->dir->files) {
		refuse_new(r, &dir, name);
		return;
	}
	int result = check_new(r, &dir, name);
	if (result == 0)
		result = entry_make(&dir, r, name);
	made_or_refused(r, &dir, name, result);
}

static void create_file(struct req *r, const char *name, mode_t mode)
{
	struct node dir;
	r->mode = mode & 0777;
	if (!fuse_find_to_change(r, r->node, &dir))
		return;
	if (!S_ISREG(mode)) {
		refuse_special(r, &dir, name);
		return;
	}
	if (!has_entries(&dir) || !dir.row->dir->files) {
		refuse_new(r, &dir, name);
		return;
	}
	int result = check_new(r, &dir, name);
	if (result == 0)
		result = entry_make(&dir, r, name);
	made_or_refused(r, &dir, name, result);
}

/* The kernel has looked the name up before. If another has made the file since, ESTALE makes it
 * look again, and then open the file that is there. */
void op_create(
    fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	struct req *r = fuse_receive(fr, parent);
	struct node dir, old;
	fuse_is_create(r, fi);
	err_clear();
	if (!r->again && (fi->flags & O_EXCL) == 0 && node_find(parent, &dir) == 0 &&
	    dir.row != NULL && node_lookup(&dir, name, &old) == 0)
		req_fail(r, ESTALE);
	else
		create_file(r, name, mode | S_IFREG);
}

void op_mknod(fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	(void)dev;
	create_file(fuse_receive(fr, parent), name, mode);
}

/* For files and directories: the kernel has checked that it is the right one. */
static void remove_entry(struct req *r, const struct node *dir, const char *does,
    void (*again)(struct req *, const struct node *))
{
	struct node n;
	if (!has_entries(dir))
		refuse_own(r, dir, r->name, does);
	else if (fuse_entries_wait(r, dir, again))
		return;
	else if (node_lookup(dir, r->name, &n) < 0)
		req_fail(r, r->again ? 0 : ENOENT); /* an earlier daemon may have removed it
						     * already */
	else if (n.obj == dir->obj)
		refuse_own(r, dir, r->name, does);
	else if (dir->row->dir->remove(n.obj, r) < 0)
		error_refuse(r, n.obj, does);
}

static void remove_dir(struct req *r, const struct node *dir)
{
	remove_entry(r, dir, "rmdir", remove_dir);
}

static void remove_file(struct req *r, const struct node *dir)
{
	remove_entry(r, dir, "removing", remove_file);
}

static void remove_named(fuse_req_t fr, fuse_ino_t parent, const char *name,
    void (*remove)(struct req *, const struct node *))
{
	struct req *r = fuse_receive(fr, parent);
	struct node dir;
	if (!fuse_find_to_change(r, parent, &dir))
		return;
	r->name = xstrdup(name);
	remove(r, &dir);
	fuse_park();
}

void op_rmdir(fuse_req_t fr, fuse_ino_t parent, const char *name)
{
	remove_named(fr, parent, name, remove_dir);
}

void op_unlink(fuse_req_t fr, fuse_ino_t parent, const char *name)
{
	remove_named(fr, parent, name, remove_file);
}

/* Check a rename into another directory. mv(1) asks for that if an entry of the new name exists,
 * and would misread EEXIST. */
static int check_move(const struct node *dir, const struct node *to)
{
	if (is_entry_of(to, dir))
		return err_set(EPERM, "there is one called %s: choose another", to->obj->name);
	return err_set(EPERM, "it can't leave %s/: give it another name there", dir->row->name);
}

static int check_rename(
    const struct node *dir, const struct node *to, const char *name, unsigned flags)
{
	struct node target;
	bool replaces = dir->row->dir->files && (flags & RENAME_NOREPLACE) == 0;
	if (to->obj != dir->obj || to->row != dir->row)
		return check_move(dir, to);
	if (check_name(name) < 0)
		return -1;
	if ((flags & ~(unsigned)RENAME_NOREPLACE) != 0)
		return err_set(EINVAL, "names can't be exchanged: rename one after the other");
	if (!replaces && node_lookup(to, name, &target) == 0)
		return err_set(EEXIST, "there is one of this name: choose another");
	return 0;
}

void op_rename(fuse_req_t fr, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
    const char *newname, unsigned flags)
{
	struct req *r = fuse_receive(fr, parent);
	struct node dir, to, n;
	if (!fuse_find_to_change(r, parent, &dir) || !fuse_find(r, newparent, &to))
		return;
	if (has_entries(&dir) &&
	    node_lookup(&dir, name, &n) < 0) { /* an earlier daemon may have renamed it already */
		req_fail(r, r->again && node_lookup(&to, newname, &n) == 0 ? 0 : ENOENT);
		return;
	}
	err_clear();
	if (!has_entries(&dir) || n.obj == dir.obj)
		refuse_own(r, &dir, name, "mv");
	else if (check_rename(&dir, &to, newname, flags) < 0 ||
		 dir.row->dir->rename(n.obj, r, newname) < 0)
		error_refuse(r, n.obj, "rename");
	else
		fuse_park();
}

static void make_link(fuse_req_t fr, uint64_t parent, const char *name)
{
	struct req *r = fuse_receive(fr, parent);
	struct node dir;
	if (fuse_find(r, parent, &dir))
		refuse_special(r, &dir, name);
}

void op_symlink(fuse_req_t fr, const char *to, fuse_ino_t parent, const char *name)
{
	(void)to;
	make_link(fr, parent, name);
}

void op_link(fuse_req_t fr, fuse_ino_t number, fuse_ino_t parent, const char *name)
{
	(void)number;
	make_link(fr, parent, name);
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
		if (!row_is_inside(n.row) && at++ >= off && !list_entry(l, n.row->name, &n, at))
			return;
}

/* No object has the id 0: its position is that of the file help. */
static void list_objs(struct listing *l, const struct node *dir, uint64_t off)
{
	struct node help = {dir->obj, row_inside(dir->obj->type, dir->row, "help"), 0};
	if (help.row != NULL && off <= FIRST && dir_find(dir->obj, dir->row, "help") == NULL &&
	    !list_entry(l, "help", &help, FIRST + 1))
		return;
	list_each(o, &dir_of(dir->obj, dir->row)->objs, struct obj, sibling) {
		struct node n = node_of(o);
		if (o->id + FIRST >= off && !list_entry(l, o->name, &n, o->id + FIRST + 1))
			return;
	}
}

static void list_dir(struct req *r, const struct node *dir)
{
	struct node up;
	struct listing l = {.fr = r->fuse, .size = r->size};
	if (fuse_entries_wait(r, dir, list_dir))
		return;
	l.at = xcalloc(1, l.size);
	node_lookup(dir, "..", &up);
	if ((r->off >= 1 || list_entry(&l, ".", dir, 1)) &&
	    (r->off >= 2 || list_entry(&l, "..", &up, 2))) {
		if (dir->row == NULL)
			list_rows(&l, dir, r->off);
		else
			list_objs(&l, dir, r->off);
	}
	req_bytes(r, l.at, l.len);
	free(l.at);
}

void op_readdir(fuse_req_t fr, fuse_ino_t number, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct req *r = fuse_receive(fr, number);
	struct node dir;
	(void)fi;
	if (!fuse_find(r, number, &dir))
		return;
	r->size = size;
	r->off = (uint64_t)off;
	list_dir(r, &dir);
	fuse_park();
}
