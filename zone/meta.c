#include "zone/meta.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/entry.h"
#include "fs/settings.h"
#include "zone/metadata.h"
#include "zone/parts.h"

struct meta {
	struct obj obj; /* first */
	struct buf text;
	uint64_t appended; /* the kernel's number of the last write that appended */
	uint64_t over; /* id of the file that it was renamed over; 0: none */
};

static struct meta *meta_of(struct obj *o)
{
	return container_of(o, struct meta, obj);
}

size_t meta_bytes(const struct obj *o, const char **bytes)
{
	const struct meta *m = container_of(o, struct meta, obj);
	*bytes = buf_text(&m->text);
	return m->text.len;
}

bool meta_counts(const struct obj *o)
{
	if (o->removing)
		return false;
	list_each(other, &dir_of(o->parent, o->slot)->objs, struct obj, sibling)
		if (meta_of(other)->over == o->id)
			return false;
	return true;
}

/* ---- the content ---- */

static int show(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	buf_add(b, buf_text(&meta_of(o)->text), meta_of(o)->text.len);
	return 0;
}

static int bytes_resize(struct obj *o, uint64_t size)
{
	static const char zeros[4096];
	struct buf *b = &meta_of(o)->text;
	if (size > META_BYTES)
		return err_set(EFBIG, "it would have more than %d bytes: give less", META_BYTES);
	if (size > b->len && metadata_room(o, size - b->len) < 0)
		return -1;
	if (size < b->len)
		buf_cut(b, size);
	while (b->len < size)
		buf_add(b, zeros, size - b->len < sizeof(zeros) ? size - b->len : sizeof(zeros));
	return 0;
}

/* Bytes that the daemon before appended, but did not answer, are not appended twice. */
static int bytes_put(struct obj *o, uint64_t off, const char *bytes, size_t n)
{
	struct meta *m = meta_of(o);
	if (off == ROW_END && change_again() && change_number() == m->appended)
		return 0;
	if (off == ROW_END) {
		off = m->text.len;
		m->appended = change_number();
	}
	if (off > META_BYTES || n > META_BYTES - off)
		return bytes_resize(o, META_BYTES + 1);
	if (m->text.len < off + n && bytes_resize(o, off + n) < 0)
		return -1;
	if (n > 0)
		memcpy(m->text.at + off, bytes, n);
	return 0;
}

int meta_fill(struct obj *o, const char *bytes, size_t n)
{
	if (n < meta_of(o)->text.len)
		return bytes_resize(o, n) < 0 ? -1 : bytes_put(o, 0, bytes, n);
	return bytes_put(o, 0, bytes, n);
}

static const struct row rows[] = {
    {1, "content", 0644, ROW_OWNERS, "", .show = show, .put = bytes_put, .resize = bytes_resize},
    {0},
};

/* ---- the type ---- */

static void save(const struct obj *o, struct buf *b)
{
	static const char digits[] = "0123456789abcdef";
	const struct meta *m = meta_of((struct obj *)(uintptr_t)o);
	buf_printf(b, "parent %" PRIu64 "\nappended %" PRIu64 "\nover %" PRIu64 "\ncontent ",
	    o->parent->id, m->appended, m->over);
	for (size_t i = 0; i < m->text.len; i++) {
		unsigned char c = (unsigned char)m->text.at[i];
		buf_add(b, (char[]){digits[c >> 4], digits[c & 15]}, 2);
	}
	buf_str(b, ".\n");
}

static int digit_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int load_content(struct meta *m, const char *hex)
{
	buf_cut(&m->text, 0);
	for (; digit_value(hex[0]) >= 0 && digit_value(hex[1]) >= 0 && m->text.len < META_BYTES;
	     hex += 2)
		buf_add(
		    &m->text, (char[]){(char)(digit_value(hex[0]) << 4 | digit_value(hex[1]))}, 1);
	return strcmp(hex, ".") == 0 ? 0 : err_set(EBADMSG, "bad content");
}

static int load(struct obj *o, char *key, char *value)
{
	struct meta *m = meta_of(o);
	if (strcmp(key, "parent") == 0)
		return 0; /* its parent exists: entry_parent() */
	if (strcmp(key, "content") == 0)
		return load_content(m, value);
	if (strcmp(key, "appended") == 0)
		return word_u64(value, "", &m->appended);
	if (strcmp(key, "over") == 0)
		return word_u64(value, "", &m->over);
	return 1;
}

static void destroy(struct obj *o)
{
	buf_finish(&meta_of(o)->text);
	free(meta_of(o));
}

static const struct row *const tables[] = {rows, NULL};

#define META_TYPE                                                                                  \
	.tables = tables, .save = save, .load = load, .destroy = destroy, .part = true, .file = rows

static const struct type meta_type = {.name = "meta", META_TYPE};
static const struct type metadata_type = {.name = "metadata", META_TYPE, .force = metadata_force};

static struct obj *create_obj(
    uint64_t id, const char *name, struct obj *zone, const struct row *slot)
{
	struct meta *m = xcalloc(1, sizeof(*m));
	const struct type *t = slot->dir == &metadata_dir ? &metadata_type : &meta_type;
	obj_init(&m->obj, t, id, name, zone, slot);
	return &m->obj;
}

static void removed(struct zone *z)
{
	list_each(o, &z->meta.objs, struct obj, sibling)
		entry_drop(o);
	list_each(o, &z->metadata.objs, struct obj, sibling)
		entry_drop(o);
}

/* Remove a file that another was renamed over, if its settings file is still there. True: o may
 * stay. */
static bool settle_names(struct obj *o)
{
	list_each(other, &dir_of(o->parent, o->slot)->objs, struct obj, sibling) {
		if (other == o)
			continue;
		if (meta_of(o)->over == other->id)
			entry_drop(other);
		else if (meta_of(other)->over == o->id || strcmp(other->name, o->name) == 0)
			return false;
	}
	return true;
}

static void load_in(const struct dir_row *dir, uint64_t id, const char *name, const char *text)
{
	struct obj *zone = entry_parent(text, dir);
	if (zone == NULL || !word_is_name(name)) {
		log_warn("file %" PRIu64 ": it has no zone", id);
		entry_forget(id, false);
		return;
	}
	struct obj *o = create_obj(id, name, zone, entry_slot(zone->type, dir));
	if (settings_load(o, text) < 0) {
		log_warn("file %s of %s: %s", name, o->slot->name, err_text());
		entry_drop(o);
	} else if (!settle_names(o)) {
		entry_drop(o);
	}
}

void meta_load(uint64_t id, const char *name, const char *text)
{
	load_in(&meta_dir, id, name, text);
}

void metadata_load(uint64_t id, const char *name, const char *text)
{
	load_in(&metadata_dir, id, name, text);
}

struct obj *meta_new(struct obj *zone, const struct row *slot, const char *name)
{
	if (zone_of(zone)->removing)
		err_set(ESRCH, "the zone is being removed: make another");
	else if (dir_of(zone, slot)->count >= META_FILES)
		err_set(ENOSPC, "there are %d files in it already: remove one", META_FILES);
	else if (slot->dir == &metadata_dir && metadata_name_check(name) < 0)
		return NULL;
	else
		return create_obj(tree_new_id(), name, zone, slot);
	return NULL;
}

/* ---- removed ---- */

static int remove_it(struct obj *o, struct req *r)
{
	if (o->removing)
		return err_set(ENOENT, "it is being removed");
	entry_remove(o, r);
	return 0;
}

/* ---- renamed ---- */

/* Swap the two names and save a line that says over which file it was renamed. When that is on
 * disk the other file is gone for good, whether its settings file is deleted soon or by the next
 * daemon. */
static int act_rename(struct change *c)
{
	struct obj *o = c->obj, *old = dir_find(o->parent, o->slot, c->text);
	char was[NAME_LEN + 1];
	memcpy(was, o->name, sizeof(was));
	meta_of(o)->over = old != NULL ? old->id : 0;
	obj_rename(o, c->text);
	if (old != NULL)
		obj_rename(old, was);
	return 0;
}

/* The change was undone: o has its name back; give the other one back, too. */
static void not_renamed(struct change *c)
{
	list_each(other, &dir_of(c->obj->parent, c->obj->slot)->objs, struct obj, sibling) {
		if (other == c->obj || strcmp(other->name, c->obj->name) != 0)
			continue;
		obj_rename(other, c->text);
		change_save(other); /* it may have been written meanwhile */
	}
}

static void answer_renamed(struct change *c)
{
	uint64_t over = meta_of(c->obj)->over;
	struct obj *old = over != 0 ? obj_by_id(over) : NULL;
	if (old != NULL)
		entry_drop(old);
	entry_touch(c->obj);
	if (c->req != NULL)
		req_done(c->req);
}

static int rename_it(struct obj *o, struct req *r, const char *name)
{
	if (o->slot->dir == &metadata_dir && metadata_name_check(name) < 0)
		return -1;
	change_start(&(struct change){.obj = o,
	    .req = r,
	    .what = "rename",
	    .text = xstrdup(name),
	    .act = act_rename,
	    .answer = answer_renamed,
	    .failed = not_renamed});
	return 0;
}

const struct dir_row meta_dir = {
    .create = meta_new, .remove = remove_it, .rename = rename_it, .files = true};

const struct dir_row metadata_dir = {.create = meta_new,
    .remove = remove_it,
    .removed = metadata_removed,
    .kept = metadata_kept,
    .rename = rename_it,
    .files = true};

const struct zone_part meta_part = {.removed = removed};
