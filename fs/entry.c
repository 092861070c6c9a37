#include "fs/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/author.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/writer.h"
#include "fs/change.h"
#include "fs/error.h"

void entry_touch(const struct obj *o)
{
	struct node slot = {o->parent, o->slot, 0};
	node_touch(&slot);
	if (!o->type->part) /* the times of a part are saved with its parent's next change */
		change_save(o->parent);
}

/* ---- made ---- */

static void owned_by(struct obj *o, const struct req *r)
{
	if (o->type->file == NULL) {
		obj_made_by(o, r->uid, r->gid, r->mode);
		return;
	}
	struct node n = node_of(o);
	node_set_attr(
	    &n, &(struct attr){.mode = r->mode, .uid = r->uid, .gid = r->gid, .mtime = now_ns()});
}

static void answer_made(struct change *c)
{
	struct node n = node_of(c->obj);
	if (c->obj->slot->dir->made != NULL)
		c->obj->slot->dir->made(c->obj);
	entry_touch(c->obj);
	error_over(c->obj->parent, c->obj->name);
	if (c->req != NULL)
		req_entry(c->req, &n);
}

static void not_made(struct change *c)
{
	struct obj *o = c->obj;
	if (o->error != NULL) { /* the line belongs where the asker can read it */
		error_clear(o->parent);
		o->parent->error = o->error;
		o->error = NULL;
	}
	obj_destroy(o);
	c->obj = NULL;
}

int entry_make(const struct node *dir, struct req *r, const char *name)
{
	struct obj *o = dir_find(dir->obj, dir->row, name);
	if (o != NULL) { /* asked again */
		struct node n = node_of(o);
		req_entry(r, &n);
		return 0;
	}
	if (dir->row->dir->make != NULL)
		return dir->row->dir->make(dir->obj, dir->row, r, name);
	o = dir->row->dir->create(dir->obj, dir->row, name);
	if (o == NULL)
		return -1;
	owned_by(o, r);
	tree_reserve_ids();
	change_start(&(struct change){.obj = o,
	    .req = r,
	    .what = o->type->file != NULL ? "create" : "mkdir",
	    .answer = answer_made,
	    .failed = not_made});
	return 0;
}

/* ---- renamed ---- */

static int may_rename(struct obj *o)
{
	const struct dir_row *d = o->slot->dir;
	return d->may_rename != NULL ? d->may_rename(o) : 0;
}

/* Checks again: both objects may have changed while this change waited for others. */
static int act_rename(struct change *c)
{
	if (dir_find(c->obj->parent, c->obj->slot, c->text) != NULL)
		return err_set(EEXIST, "there is one of this name: choose another");
	if (may_rename(c->obj) < 0)
		return -1;
	obj_rename(c->obj, c->text);
	return 0;
}

static void answer_renamed(struct change *c)
{
	entry_touch(c->obj);
	error_over(c->obj, c->what);
	if (c->req != NULL)
		req_done(c->req);
}

int entry_rename(struct obj *o, struct req *r, const char *name)
{
	if (may_rename(o) < 0)
		return -1;
	change_start(&(struct change){.obj = o,
	    .req = r,
	    .what = "rename",
	    .text = xstrdup(name),
	    .act = act_rename,
	    .answer = answer_renamed});
	return 0;
}

/* ---- removed ---- */

struct removal {
	uint64_t id;
	struct req *req; /* NULL: interrupted, or none */
};

/* At most one waits: another is refused meanwhile. */
static void answer_destroyer(struct obj *o, bool ok)
{
	struct command *destroyer = NULL;
	list_each(c, &o->runs, struct command, link)
		if ((c->waits || c->inside) && c->verb->run == entry_destroy)
			destroyer = c;
	if (destroyer != NULL)
		command_done(destroyer, ok);
}

void entry_keep(struct obj *o, struct req *r)
{
	o->removing = false;
	if (o->slot->dir->kept != NULL)
		o->slot->dir->kept(o);
	if (r != NULL)
		error_refuse(r, o, o->type->file != NULL ? "removing" : "rmdir");
	answer_destroyer(o, false);
}

static void removed(void *arg, const struct err *e)
{
	struct removal *m = arg;
	struct obj *o = obj_by_id(m->id); /* NULL: gone with its parent, or renamed over */
	if (e != NULL && o != NULL) {
		err_restore(e);
		entry_keep(o, m->req);
		free(m);
		return;
	}
	if (o != NULL) {
		entry_touch(o);
		if (o->slot->dir->removed != NULL)
			o->slot->dir->removed(o);
		answer_destroyer(o, true);
		obj_destroy(o);
	}
	if (m->req != NULL)
		req_done(m->req);
	free(m);
}

void entry_remove(struct obj *o, struct req *r)
{
	struct removal *m = xcalloc(1, sizeof(*m));
	m->id = o->id;
	req_hold(r, &m->req);
	o->removing = true;
	if (o->slot->dir->leaves != NULL)
		o->slot->dir->leaves(o, r);
	writer_delete(o->id, o->type->fleeting, removed, m);
}

/* Check as the kernel does for rmdir: write and search permission of the directory; in a sticky one
 * the user owns the entry or the directory. */
static int may_remove(const struct obj *o, const struct command *c)
{
	struct author a;
	struct attr dir = node_attr(&(struct node){o->parent, o->slot, 0});
	if (c->uid == 0)
		return 0;
	if (author_read(&a, c->uid, c->gid, c->req != NULL ? c->req->pid : 0) < 0)
		return -1;
	mode_t wanted = a.uid == dir.uid			     ? 0300
			: a.gid == dir.gid || author_in(&a, dir.gid) ? 0030
								     : 0003;
	if ((dir.mode & wanted) != wanted)
		return err_set(
		    EACCES, "%s/ is not yours to write: ask its owner to remove it", o->slot->name);
	if ((dir.mode & S_ISVTX) != 0 && a.uid != dir.uid && a.uid != o->attr.uid)
		return err_set(
		    EPERM, "%s/ is sticky: ask the owner of this to remove it", o->slot->name);
	return 0;
}

int entry_destroy(struct obj *o, struct command *c)
{
	if (may_remove(o, c) < 0 || o->slot->dir->remove(o, NULL) < 0)
		return -1;
	return COMMAND_WAITS;
}

/* ---- dropped ---- */

static void forgotten(void *arg, const struct err *e)
{
	(void)arg;
	if (e != NULL)
		log_warn("remove the settings of what is gone: %s", e->text);
}

void entry_forget(uint64_t id, bool fleeting)
{
	writer_delete(id, fleeting, forgotten, NULL);
}

void entry_drop(struct obj *o)
{
	entry_touch(o);
	entry_forget(o->id, o->type->fleeting);
	obj_destroy(o);
}

/* ---- found ---- */

const struct row *entry_slot(const struct type *t, const struct dir_row *d)
{
	const struct row *r = NULL;
	while ((r = row_next(t, r)) != NULL && r->dir != d)
		;
	return r;
}

struct obj *entry_parent(const char *settings, const struct dir_row *d)
{
	static const char key[] = "\nparent ";
	const char *line = strstr(settings, key);
	struct obj *o = line != NULL ? obj_by_id(strtoull(line + sizeof(key) - 1, NULL, 10)) : NULL;
	return o != NULL && entry_slot(o->type, d) != NULL ? o : NULL;
}
