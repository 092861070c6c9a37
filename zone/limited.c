/* The limits of a zone (rctl/limits.h) as a part of it. They begin once its groups are there
 * (start.c). */
#include "host/event.h"
#include "zone/limited.h"
#include "zone/parts.h"

void limited_event(struct limited *l, const char *event)
{
	event_emit(&l->obj, zone_of(&l->obj)->kind->dir, event, "");
}

static int take(struct zone *z, struct zone_request *r)
{
	r->q.zone.memory = z->l.memory.n != VALUE_NONE ? z->l.memory.n : 0;
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
    .take = take, .end = end, .found = found, .destroy = destroy};
