/* The limits of a zone (rctl/limits.h) as a part of it. They begin when its groups exist
 * (start.c). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "host/event.h"
#include "zone/limited.h"
#include "zone/parts.h"

void limited_event(struct limited *l, const char *event)
{
	event_emit(&l->obj, zone_of(&l->obj)->kind->dir, event, "");
}

static int fill(struct zone *z, struct zone_request *r)
{
	r->q.zone.memory = z->l.memory.n != VALUE_NONE ? z->l.memory.n : 0;
	return 0;
}

/* Save what the last run left (memory.events, memory.peak), unless that is nothing. */
static void save(const struct zone *z, struct buf *b)
{
	const struct limited *l = &z->l;
	if (!zone_runs(z) && (l->memory_was.ooms | l->memory_was.kills | l->memory_was.peak) != 0)
		buf_printf(b, "memory-was %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		    l->memory_was.ooms, l->memory_was.kills, l->memory_was.peak);
}

static int load(struct zone *z, const char *key, char *value)
{
	struct limited *l = &z->l;
	if (strcmp(key, "memory-was") != 0)
		return 1;
	if (sscanf(value, "%" SCNu64 " %" SCNu64 " %" SCNu64, &l->memory_was.ooms,
		&l->memory_was.kills, &l->memory_was.peak) != 3)
		return err_set(EBADMSG, "bad memory-was");
	return 0;
}

static void end(struct zone *z)
{
	limits_end(&z->l);
}

static void found(struct zone *z)
{
	if (zone_runs(z))
		limits_found(&z->l);
}

static void destroy(struct zone *z)
{
	limits_leave(&z->l);
}

const struct zone_part limited_part = {
    .save = save, .load = load, .fill = fill, .end = end, .found = found, .destroy = destroy};
