#include "fs/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/authored.h"
#include "fs/change.h"
#include "fs/file.h"
#include "fs/stream.h"

enum { ALIAS_SHIFT = 10, ID_SHIFT = 16, ROW_MASK = 1023, ALIAS_MASK = 63 };
#define NAMED_ID (UINT64_C(1) << 46)

static struct hash by_id, by_name;
static struct obj *root;
uint64_t tree_next_id = 1, tree_saved_id;

int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void tree_init(struct obj *r, const struct type *type)
{
	root = r;
	obj_init(r, type, 0, "", NULL, NULL);
}

void tree_finish(void)
{
	obj_destroy(root);
}

struct obj *tree_root(void)
{
	return root;
}

uint64_t tree_new_id(void)
{
	return tree_next_id++;
}

enum { IDS_LEFT = 32 };

void tree_reserve_ids(void)
{
	if (tree_next_id + IDS_LEFT >= tree_saved_id)
		change_save(root);
}

const struct row *row_next(const struct type *t, const struct row *r)
{
	if (r == NULL)
		return t->tables[0];
	if ((++r)->name != NULL)
		return r;
	for (size_t i = 0; t->tables[i] != NULL; i++) {
		const struct row *end = t->tables[i];
		while (end->name != NULL)
			end++;
		if (end == r)
			return t->tables[i + 1];
	}
	return NULL;
}

const struct row *row_by_name(const struct type *t, const char *name)
{
	const struct row *r = NULL;
	while ((r = row_next(t, r)) != NULL && strcmp(r->name, name) != 0)
		;
	return r;
}

bool row_is_inside(const struct row *r)
{
	return strchr(r->name, '/') != NULL;
}

const struct row *row_outside(const struct type *t, const struct row *r)
{
	const struct row *dir = NULL;
	size_t n = strcspn(r->name, "/");
	while (r->name[n] != '\0' && (dir = row_next(t, dir)) != NULL)
		if (strncmp(dir->name, r->name, n) == 0 && dir->name[n] == '\0')
			return dir;
	return NULL;
}

const struct row *row_inside(const struct type *t, const struct row *dir, const char *name)
{
	char path[2 * NAME_LEN + 2];
	int n = snprintf(path, sizeof(path), "%s/%s", dir->name, name);
	return n < (int)sizeof(path) ? row_by_name(t, path) : NULL;
}

const struct row *row_nearest(const struct type *t, const char *name, bool setting)
{
	const struct row *r = NULL, *best = NULL;
	unsigned least = WORD_FAR;
	while ((r = row_next(t, r)) != NULL) {
		if (row_is_inside(r) || (setting && r->kind == NULL))
			continue;
		unsigned slips = word_slips(name, r->name);
		if (slips < least) {
			least = slips;
			best = r;
		}
	}
	return best;
}

const struct row *row_by_no(const struct type *t, uint16_t no)
{
	const struct row *r = NULL;
	while ((r = row_next(t, r)) != NULL && r->no != no)
		;
	return r;
}

union value *row_value(struct obj *o, const struct row *r)
{
	return (union value *)(void *)((char *)o + r->off);
}

struct dir *dir_of(struct obj *o, const struct row *r)
{
	return (struct dir *)(void *)((char *)o + r->off);
}

/* FNV-1a (Fowler, Noll, Vo), beginning with a number of one's own */
static uint64_t name_hash(uint64_t h, const char *name)
{
	for (h ^= UINT64_C(14695981039346656037); *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return h;
}

static struct list *number_bucket(const char *name)
{
	return hash_bucket(&by_name, name_hash(0, name), 0);
}

void obj_rename(struct obj *o, const char *name)
{
	list_del(&o->named);
	memccpy(o->name, name, '\0', sizeof(o->name) - 1);
	list_add_tail(number_bucket(o->name), &o->named);
}

struct obj *dir_find(struct obj *o, const struct row *r, const char *name)
{
	list_each(c, number_bucket(name), struct obj, named)
		if (c->parent == o && c->slot == r && strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

struct obj *obj_by_id(uint64_t id)
{
	list_each(o, hash_bucket(&by_id, id, 0), struct obj, all)
		if (o->id == id)
			return o;
	return NULL;
}

/* Above all that are counted, and small enough for node_number(). */
uint64_t tree_named_id(const struct obj *parent, const char *name)
{
	uint64_t id = NAMED_ID | (name_hash(parent->id, name) & (NAMED_ID - 1));
	while (obj_by_id(id) != NULL)
		id = NAMED_ID | ((id + 1) & (NAMED_ID - 1));
	return id;
}

static void rows_init(struct obj *o)
{
	const struct row *r = NULL;
	while ((r = row_next(o->type, r)) != NULL)
		if (r->dir != NULL)
			list_init(&dir_of(o, r)->objs);
}

/* Kept in order of ids: listings go on from the last id they gave. */
static void dir_insert(struct dir *d, struct obj *o)
{
	struct list *at = d->objs.prev;
	while (at != &d->objs && container_of(at, struct obj, sibling)->id > o->id)
		at = at->prev;
	list_add_tail(at->next, &o->sibling);
	d->count++;
}

void obj_init(struct obj *o, const struct type *t, uint64_t id, const char *name,
    struct obj *parent, const struct row *slot)
{
	o->id = id;
	o->type = t;
	list_init(&o->named);
	obj_rename(o, name);
	o->parent = parent;
	o->slot = slot;
	o->changed = now_ns();
	o->attr = (struct attr){.mode = 0755, .mtime = o->changed, .ctime = o->changed};
	list_init(&o->waiting);
	list_init(&o->woken);
	list_init(&o->awake);
	list_init(&o->polls);
	list_init(&o->writes);
	list_init(&o->runs);
	list_init(&o->fetching);
	list_init(&o->sibling);
	list_add_tail(hash_bucket(&by_id, id, 0), &o->all);
	rows_init(o);
	if (parent != NULL)
		dir_insert(dir_of(parent, slot), o);
}

void obj_made_by(struct obj *o, uid_t uid, gid_t gid, mode_t mode)
{
	const struct node slot = {o->parent, o->slot, 0};
	struct attr dir = node_attr(&slot);
	o->attr.mode = mode & 0777;
	if ((dir.mode & S_ISGID) != 0) {
		o->attr.mode |= S_ISGID;
		gid = dir.gid;
	}
	o->attr.uid = o->maker_uid = uid;
	o->attr.gid = o->maker_gid = gid;
}

static void rows_finish(struct obj *o)
{
	const struct row *r = NULL;
	while ((r = row_next(o->type, r)) != NULL) {
		if (r->kind != NULL && r->kind->owned)
			free(row_value(o, r)->p);
		if ((r->flags & ROW_AUTHOR) != 0)
			authored_set_seals(authored_of(o, r), NULL, 0);
		if (r->dir == NULL)
			continue;
		list_each(c, &dir_of(o, r)->objs, struct obj, sibling)
			obj_destroy(c);
	}
}

void obj_destroy(struct obj *o)
{
	file_forget(o);
	rows_finish(o);
	list_del(&o->all);
	list_del(&o->named);
	if (o->parent != NULL) {
		list_del(&o->sibling);
		dir_of(o->parent, o->slot)->count--;
	}
	free(o->rows);
	free(o->error);
	free(o->foreign);
	if (o->type->destroy != NULL)
		o->type->destroy(o);
}

void obj_changed(struct obj *o)
{
	o->version++;
	stream_wake(o);
}

uint64_t node_number(const struct node *n)
{
	unsigned no = n->row != NULL ? n->row->no : n->obj == root ? 1 : 0;
	return n->obj->id << ID_SHIFT | (uint64_t)n->alias << ALIAS_SHIFT | no;
}

uint64_t number_inode(uint64_t number)
{
	return number & ~((uint64_t)ALIAS_MASK << ALIAS_SHIFT);
}

uint64_t node_inode(const struct node *n)
{
	return number_inode(node_number(n));
}

int node_find(uint64_t number, struct node *n)
{
	uint16_t no = number & ROW_MASK;
	n->obj = obj_by_id(number >> ID_SHIFT);
	n->alias = (unsigned)(number >> ALIAS_SHIFT) & ALIAS_MASK;
	n->row = NULL;
	if (n->obj == NULL)
		return err_set(ENOENT, "it is gone");
	if (no == (n->obj == root ? 1 : 0))
		return 0;
	n->row = row_by_no(n->obj->type, no);
	return n->row != NULL ? 0 : err_set(ENOENT, "no such file");
}

static void parent_of(const struct node *dir, struct node *n)
{
	bool row = dir->row != NULL, top = dir->obj->parent == NULL;
	n->obj = row || top ? dir->obj : dir->obj->parent;
	n->row = row || top ? NULL : dir->obj->slot;
}

struct node node_of(struct obj *o)
{
	return (struct node){o, o->type->file, 0};
}

int node_lookup(const struct node *dir, const char *name, struct node *n)
{
	*n = (struct node){dir->obj, dir->row, 0};
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		parent_of(dir, n);
		return 0;
	}
	struct obj *o = NULL;
	if (dir->row == NULL)
		n->row = row_by_name(dir->obj->type, name);
	else if (dir->row->dir != NULL && (o = dir_find(dir->obj, dir->row, name)) == NULL)
		n->row = row_inside(dir->obj->type, dir->row, name);
	if (o != NULL)
		*n = node_of(o);
	return o != NULL || n->row != NULL ? 0 : err_set(ENOENT, "no such file");
}

bool node_is_dir(const struct node *n)
{
	return n->row == NULL || S_ISDIR(n->row->mode);
}

const char *node_name(const struct node *n)
{
	return n->row != n->obj->type->file ? n->row->name : n->obj->name;
}

static struct row_attr *find_attr(const struct node *n)
{
	for (size_t i = 0; i < n->obj->nrows; i++)
		if (n->obj->rows[i].no == n->row->no)
			return &n->obj->rows[i];
	return NULL;
}

struct attr node_attr(const struct node *n)
{
	const struct row_attr *own = n->row != NULL ? find_attr(n) : NULL;
	if (n->row == NULL)
		return n->obj->attr;
	if (own != NULL)
		return own->attr;
	struct attr a = {
	    .mode = n->row->mode & 07777, .mtime = n->obj->attr.mtime, .ctime = n->obj->attr.ctime};
	if ((n->row->flags & ROW_OWNERS) != 0) {
		a.uid = n->obj->maker_uid;
		a.gid = n->obj->maker_gid;
	}
	return a;
}

void node_set_attr(const struct node *n, const struct attr *a)
{
	struct obj *o = n->obj;
	struct row_attr *own = n->row != NULL ? find_attr(n) : NULL;
	if (n->row == NULL) {
		o->attr = *a;
	} else if (own != NULL) {
		own->attr = *a;
	} else {
		o->rows = xrealloc(o->rows, (o->nrows + 1) * sizeof(*o->rows));
		o->rows[o->nrows++] = (struct row_attr){n->row->no, *a};
	}
	o->version++;
}

void node_touch(const struct node *n)
{
	struct attr a = node_attr(n);
	a.mtime = a.ctime = now_ns();
	node_set_attr(n, &a);
}

unsigned node_links(const struct node *n)
{
	if (!node_is_dir(n))
		return 1;
	if (n->row != NULL)
		return 2 + (n->row->dir->files ? 0 : (unsigned)dir_of(n->obj, n->row)->count);
	unsigned links = 2;
	const struct row *r = NULL;
	while ((r = row_next(n->obj->type, r)) != NULL)
		links += S_ISDIR(r->mode) ? 1 : 0;
	return links;
}
