/* Zones as objects of the tree: made, kept on disk, renamed, removed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/entry.h"
#include "fs/settings.h"
#include "host/event.h"
#include "host/ask.h"
#include "zone/object.h"
#include "zone/parts.h"
#include "zone/restart.h"
#include "zone/state.h"
#include "zone/verbs.h"

void zone_setup(struct zone *z, const struct zone_kind *kind, uint64_t id, const char *name,
    struct obj *parent, const struct row *slot, const struct type *type)
{
	obj_init(&z->l.obj, type, id, name, parent, slot);
	limits_init(&z->l);
	z->kind = kind;
	z->uids.count = kind->uids;
	parts_init(z);
	snprintf(z->exit, sizeof(z->exit), "-");
	const struct row *r = NULL;
	while ((r = row_next(type, r)) != NULL)
		if (r->kind != NULL)
			settings_unset(&z->l.obj, r);
}

void zone_destroy(struct obj *o)
{
	struct zone *z = zone_of(o);
	helper_forget(z);
	parts_destroy(z);
	free(z); /* frees the whole struct of its kind: the zone is its first member */
}

/* ---- on disk ---- */

void zone_save(const struct obj *o, struct buf *b)
{
	const struct zone *z = zone_of((struct obj *)(uintptr_t)o);
	bool failed = z->state == ZONE_FAILED;
	if (z->uids.base != 0 && z->uids.count == UID_COUNT)
		buf_printf(b, "uids %u\n", z->uids.base);
	else if (z->uids.base != 0)
		buf_printf(b, "uids %u %u\n", z->uids.base, z->uids.count);
	parts_save(z, b);
	if (z->state != ZONE_CONFIGURED) {
		buf_printf(b, "last %s %s", failed ? "failed" : "halted", z->exit);
		restart_save(z, b);
		buf_str(b, "\n");
	}
	if (failed && o->error != NULL)
		buf_printf(b, "why %.*s\n", (int)strcspn(o->error, "\n"), o->error);
}

/* "BASE", or "BASE COUNT" of a VM: an older warren gave VMs as many as zones. */
static int load_uids(struct zone *z, char *value)
{
	char *words[2];
	uint64_t n[2] = {0, UID_COUNT};
	int count = word_split(value, words, 2);
	for (int i = 0; i < count; i++)
		if (word_u64(words[i], "", &n[i]) < 0 || n[i] > UID_LAST + UID_COUNT)
			return err_set(EBADMSG, "bad uids");
	if (count == 1 && n[0] == 0) /* an older warren wrote this for a zone without uids */
		return 0;
	if (count < 1 || n[0] < UID_FIRST || n[0] + n[1] > UID_LAST + UID_COUNT ||
	    (n[1] != UID_COUNT && n[1] != UID_COUNT_VM) || n[0] % n[1] != 0)
		return err_set(EBADMSG, "bad uids");
	z->uids = (struct helper_uids){(uint32_t)n[0], (uint32_t)n[1]};
	return 0;
}

static int load_last(struct zone *z, const char *value)
{
	char word[16];
	int status;
	if (sscanf(value, "%*6s %15s", word) != 1)
		return err_set(EBADMSG, "bad state");
	if (z->state == ZONE_CONFIGURED) /* else this load undoes a change */
		restart_load(z, value);
	if (!zone_runs(z))
		z->state = strncmp(value, "failed", 6) == 0 ? ZONE_FAILED : ZONE_HALTED;
	if (sscanf(value, "%*6s %15s %d", word, &status) == 2 &&
	    (strcmp(word, "exited") == 0 || strcmp(word, "killed") == 0))
		snprintf(z->exit, sizeof(z->exit), "%s %d", word, status);
	return 0;
}

/* "FILE: reason", as the file error had it. */
static int load_why(struct zone *z, const char *value)
{
	const char *reason = strstr(value, ": ");
	free(z->l.obj.error);
	z->l.obj.error = xstrdup(value);
	z->l.obj.error_stays = true;
	z->why.code = EIO;
	snprintf(z->why.text, sizeof(z->why.text), "%s", reason != NULL ? reason + 2 : value);
	return 0;
}

int zone_load(struct obj *o, char *key, char *value)
{
	struct zone *z = zone_of(o);
	if (strcmp(key, "uids") == 0)
		return load_uids(z, value);
	if (strcmp(key, "last") == 0)
		return load_last(z, value);
	if (strcmp(key, "why") == 0)
		return load_why(z, value);
	return parts_load(z, key, value);
}

unsigned zone_state_bit(const struct obj *o)
{
	return 1U << zone_of((struct obj *)(uintptr_t)o)->state;
}

void zone_changed(struct obj *o, const struct row *r)
{
	char *more = xasprintf("file=%s", r->name);
	event_emit(o, zone_of(o)->kind->dir, "config", more);
	free(more);
}

void zone_saved(struct obj *o)
{
	struct zone *z = zone_of(o);
	restart_saved(z);
	verbs_settle(z);
	zone_entered();
}

/* ---- mkdir ---- */

struct obj *zone_new(struct zone *z)
{
	z->making = true;
	return &z->l.obj;
}

void zone_made(struct obj *o)
{
	zone_of(o)->making = false;
	event_emit(o, zone_of(o)->kind->dir, "created", "");
}

/* ---- rmdir ---- */

struct removal {
	struct zone *zone;
	struct req *req; /* NULL: interrupted */
};

void zone_kept(struct obj *o)
{
	zone_of(o)->removing = false;
}

void zone_leaves(struct obj *o, const struct req *r)
{
	if (!event_was_told_before(o, r, "destroyed"))
		event_emit(o, zone_of(o)->kind->dir, "destroyed", "");
}

void zone_removed(struct obj *o)
{
	parts_removed(zone_of(o));
}

static void root_removed(void *arg, const struct helper_reply *reply, int fd)
{
	struct removal *m = arg;
	(void)fd;
	if (reply->err.code != 0) {
		err_restore(&reply->err);
		entry_keep(&m->zone->l.obj, m->req);
	} else {
		entry_remove(&m->zone->l.obj, m->req);
	}
	free(m);
}

int zone_remove(struct obj *o, struct req *r)
{
	struct zone *z = zone_of(o);
	if (zone_runs(z) || z->removing)
		return err_set(ENOTEMPTY, "it is %s: halt it first",
		    z->removing ? "being removed" : zone_state_names[z->state]);
	struct removal *m = xcalloc(1, sizeof(*m));
	m->zone = z;
	req_hold(r, &m->req);
	z->removing = true;
	struct helper_root_remove q = {.id = o->id};
	helper_ask(HELPER_ROOT_REMOVE, &q, sizeof(q), NULL, 0, root_removed, m);
	return 0;
}

/* ---- mv ---- */

int zone_may_rename(struct obj *o)
{
	const struct zone *z = zone_of(o);
	if (zone_runs(z) || z->removing)
		return err_set(ENOTEMPTY, "it is %s: halt it first", zone_state_names[z->state]);
	return 0;
}
