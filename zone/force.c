#include "zone/force.h"

#include "fs/change.h"
#include "zone/hostname.h"
#include "zone/proof.h"
#include "zone/hostmount/hostmounts.h"

/* 0: nothing to do; 1: zone_forced() comes later; -1 */
static int (*const parts[])(struct zone *) = {
    proof_force, hostmounts_force, hostname_force, nics_force, NULL};

static int go_on(struct zone *z)
{
	int r = 0;
	while (parts[z->forcing] != NULL && (r = parts[z->forcing](z)) == 0)
		z->forcing++;
	return r;
}

int zone_force(struct obj *o)
{
	struct zone *z = zone_of(o);
	z->forcing = 0;
	return go_on(z);
}

void zone_forced(struct zone *z, int (*part)(struct zone *), const struct err *e)
{
	struct err why;
	if (parts[z->forcing] != part)
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
