#include "zone/metadata.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/metalist.h"
#include "fs/change.h"
#include "fs/entry.h"
#include "host/event.h"
#include "zone/link.h"
#include "zone/meta.h"
#include "zone/parts.h"
#include "zone/sdc.h"

_Static_assert((int)METALIST_TEXT == (int)META_BYTES, "a file is a text of a list");

int metadata_room(const struct obj *o, size_t more)
{
	if (o->slot->dir != &metadata_dir)
		return 0;
	list_each(other, &dir_of(o->parent, o->slot)->objs, struct obj, sibling) {
		const char *bytes;
		more += meta_bytes(other, &bytes);
	}
	if (more > METADATA_BYTES)
		return err_set(
		    ENOSPC, "metadata/ would have more than %d bytes: give less", METADATA_BYTES);
	return 0;
}

int metadata_name_check(const char *name)
{
	if (strcmp(name, METALIST_SOCKET) != 0)
		return 0;
	return err_set(
	    EPERM, "/run/metadata/%s is where a zone asks: choose another name", METALIST_SOCKET);
}

/* ---- told to the monitor ---- */

static int list_file(struct zone *z)
{
	struct buf list = {0};
	list_each(o, &z->metadata.objs, struct obj, sibling) {
		const char *bytes;
		size_t n = meta_bytes(o, &bytes);
		if (meta_counts(o))
			metalist_add(&list, METALIST_FILE, o->name, bytes, n);
	}
	sdc_add(z, &list);
	int fd = metalist_file(&list);
	buf_finish(&list);
	return fd;
}

static int list_tell(struct zone *z, link_done *done, void *arg)
{
	cleanup_fd int fd = list_file(z);
	if (fd < 0)
		return -1;
	z->metadata_told = true;
	link_ask_with(z, &(struct mon_request){.op = MON_METADATA}, &fd, 1, done, arg);
	return 0;
}

static bool may_tell(const struct zone *z)
{
	return zone_is_up(z) && z->link != NULL;
}

static void list_tell_now(struct zone *z)
{
	if (may_tell(z) && list_tell(z, NULL, NULL) < 0)
		log_warn("%s: metadata: %s", z->l.obj.name, err_text());
}

/* Without a monitor, or with one that is older than metadata, the next boot shows it. */
static void on_told(void *arg, const struct err *e)
{
	struct obj *o = obj_by_id((uint64_t)(uintptr_t)arg);
	bool failed = e->code != 0 && e->code != ESRCH && e->code != EOPNOTSUPP;
	if (o != NULL)
		change_forced(o, failed ? e : NULL);
}

int metadata_force(struct obj *o)
{
	struct zone *z = zone_of(o->parent);
	if (!may_tell(z))
		return 0;
	return list_tell(z, on_told, (void *)(uintptr_t)o->id) < 0 ? -1 : 1;
}

/* ---- changed by the guest ---- */

/* Each change is a write to the disk and an event: more than this pace is the guest's to wait. */
enum { PUT_USEC = 100000 };

struct metadata_put {
	uint32_t seq;
	uint64_t id; /* of the file; 0: none yet */
	char key[METALIST_NAME];
	bool done; /* it was answered */
	struct source *pause; /* owned: no other begins before its end */
	uint32_t next; /* a change that came meanwhile, */
	int file; /* owned: and its file; -1: none */
};

static void answer_send(struct zone *z, uint32_t seq, const struct err *why)
{
	struct mon_request q = {.op = MON_METADATA_ANSWER, .tag = seq};
	if (why->code != 0)
		q.len = (uint32_t)snprintf(q.bytes, sizeof(q.bytes), "%s", why->text);
	link_ask(z, &q, NULL, NULL);
}

static void put_drop(struct zone *z)
{
	struct metadata_put *p = z->put;
	z->put = NULL;
	if (p == NULL)
		return;
	loop_close(&p->pause);
	fd_close(&p->file);
	free(p);
}

static void put_end_maybe(struct zone *z)
{
	struct metadata_put *p = z->put;
	if (!p->done || p->pause != NULL)
		return;
	cleanup_fd int file = fd_move(&p->file);
	uint32_t seq = p->next;
	put_drop(z);
	if (file >= 0)
		metadata_asked(z, seq, file);
}

static void paused(void *arg)
{
	struct zone *z = arg;
	loop_close(&z->put->pause);
	put_end_maybe(z);
}

/* why NULL: it is as the guest wants it. */
static void put_done(struct zone *z, const struct err *why, bool changed)
{
	static const struct err none;
	struct metadata_put *p = z->put;
	char more[METALIST_NAME + 8];
	p->done = true;
	snprintf(more, sizeof(more), "key=%s", p->key);
	if (changed)
		event_emit(&z->l.obj, z->kind->dir, "metadata", more);
	answer_send(z, p->seq, why != NULL ? why : &none);
	put_end_maybe(z);
}

static void put_refuse(struct zone *z)
{
	struct err e;
	err_copy(&e);
	put_done(z, &e, false);
}

/* Is o the file of a change under way? Then it is that zone's. */
static struct zone *putting(const struct obj *o)
{
	struct zone *z = zone_of(o->parent);
	return z->put != NULL && !z->put->done && z->put->id == o->id ? z : NULL;
}

void metadata_removed(struct obj *o)
{
	struct zone *z = putting(o);
	list_tell_now(zone_of(o->parent));
	if (z != NULL)
		put_done(z, NULL, true);
}

void metadata_kept(struct obj *o)
{
	struct zone *z = putting(o);
	list_tell_now(zone_of(o->parent));
	if (z != NULL)
		put_refuse(z);
}

static int act_put(struct change *c)
{
	if (meta_fill(c->obj, c->text, c->size) < 0)
		return -1;
	change_touch(c->obj, c->obj->type->file);
	return 0;
}

static void answer_put(struct change *c)
{
	struct zone *z = putting(c->obj);
	entry_touch(c->obj);
	if (z != NULL)
		put_done(z, NULL, true);
}

static void not_put(struct change *c)
{
	struct zone *z = putting(c->obj);
	if (z != NULL)
		put_refuse(z);
}

static void not_made(struct change *c)
{
	not_put(c);
	obj_destroy(c->obj);
	c->obj = NULL;
}

/* It belongs to the owner of metadata/, for him alone. */
static struct obj *file_make(struct zone *z, const char *name)
{
	const struct row *slot = entry_slot(z->l.obj.type, &metadata_dir);
	struct obj *o = meta_new(&z->l.obj, slot, name);
	if (o == NULL)
		return NULL;
	struct attr dir = node_attr(&(struct node){&z->l.obj, slot, 0});
	struct node n = node_of(o);
	node_set_attr(
	    &n, &(struct attr){.mode = 0600, .uid = dir.uid, .gid = dir.gid, .mtime = now_ns()});
	tree_reserve_ids();
	return o;
}

static void put_begin(struct zone *z, struct obj *o, const struct metalist_item *i)
{
	bool made = o == NULL;
	if (made && (o = file_make(z, i->name)) == NULL) {
		put_refuse(z);
		return;
	}
	z->put->id = o->id;
	change_start(&(struct change){.obj = o,
	    .what = "metadata",
	    .text = memcpy(xcalloc(1, i->size + 1), i->bytes, i->size),
	    .size = i->size,
	    .act = act_put,
	    .answer = answer_put,
	    .failed = made ? not_made : not_put});
}

static bool is_so_already(const struct obj *o, const struct metalist_item *i)
{
	const char *bytes;
	if (o == NULL || i->kind == METALIST_GONE)
		return o == NULL && i->kind == METALIST_GONE;
	size_t n = meta_bytes(o, &bytes);
	return n == i->size && memcmp(bytes, i->bytes, n) == 0;
}

static void item_take(struct zone *z, const struct metalist_item *i)
{
	const struct row *slot = entry_slot(z->l.obj.type, &metadata_dir);
	struct obj *o = dir_find(&z->l.obj, slot, i->name);
	memcpy(z->put->key, i->name, sizeof(z->put->key));
	if (is_so_already(o, i)) {
		put_done(z, NULL, false);
	} else if (o != NULL && o->removing) {
		err_set(ENOENT, "it is being removed: try again");
		put_refuse(z);
	} else if (i->kind == METALIST_GONE) {
		z->put->id = o->id;
		entry_remove(o, NULL);
	} else {
		put_begin(z, o, i);
	}
}

/* One at a time; of a monitor that sends more, the last waits. */
void metadata_asked(struct zone *z, uint32_t seq, int file)
{
	struct buf list = {0};
	struct metalist_item i = {.next = 0};
	if (z->put != NULL) {
		if (z->put->seq == seq && !z->put->done)
			return; /* told twice */
		fd_close(&z->put->file);
		z->put->file = dup(file);
		z->put->next = seq;
		return;
	}
	z->put = xcalloc(1, sizeof(*z->put));
	*z->put = (struct metadata_put){.seq = seq, .file = -1};
	z->put->pause = loop_after(PUT_USEC, paused, z);
	if (metalist_read(file, &list) < 0 || !metalist_next(&list, &i) || i.kind == METALIST_KEY) {
		err_set(EBADMSG, "this can't be understood: give a key and a value");
		put_refuse(z);
	} else {
		item_take(z, &i);
	}
	buf_finish(&list);
}

/* ---- the part ---- */

static int fill(struct zone *z, struct zone_request *r)
{
	if (z->kind->op != HELPER_ZONE_START)
		return 0;
	fd_close(&r->metadata);
	r->metadata = list_file(z);
	return r->metadata < 0 ? -1 : 0;
}

static void entered(struct zone *z)
{
	if (!z->metadata_told)
		list_tell_now(z);
}

/* The keys of SmartOS are made of the zone's settings, which may be others now. */
static int force(struct zone *z)
{
	list_tell_now(z);
	return 0;
}

static void end(struct zone *z)
{
	z->metadata_told = false;
	put_drop(z);
}

const struct zone_part metadata_part = {
    .fill = fill, .entered = entered, .force = force, .end = end, .destroy = put_drop};
