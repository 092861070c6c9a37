#include "zone/force.h"

#include "fs/change.h"
#include "zone/parts.h"

static int go_on(struct zone *z)
{
	const struct zone_part *p;
	for (; (p = part_at(z, z->forcing)) != NULL; z->forcing++) {
		int r = p->force != NULL ? p->force(z) : 0;
		if (r != 0)
			return r;
	}
	return 0;
}

int zone_force(struct obj *o)
{
	struct zone *z = zone_of(o);
	z->forcing = 0;
	return go_on(z);
}

void zone_forced(struct zone *z, const struct zone_part *part, const struct err *e)
{
	struct err why;
	if (part_at(z, z->forcing) != part)
		return; /* no change waits for it */
	if (e == NULL) {
		z->forcing++;
		int r = go_on(z);
		if (r > 0)
			return;
		if (r < 0) {
			err_copy(&why);
			e = &why;
		}
	}
	change_forced(&z->l.obj, e);
}
