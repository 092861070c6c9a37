/* The rows *.pressure, beside the other rows of each kind: what the kernel calls pressure stall
 * information. */
#include <stdio.h>
#include <string.h>

#include "rctl/parts.h"

int limits_show_pressure(struct obj *o, const struct row *r, struct buf *b)
{
	char what[sizeof("memory")];
	static const char none[] = "avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
	const struct limited *l = limited_of(o);
	snprintf(what, sizeof(what), "%.*s", (int)strcspn(r->name, "."), r->name);
	if (limits_is_live(l))
		return group_face()->get_pressure(l->group, what, b);
	buf_printf(b, "some %sfull %s", none, none);
	return 0;
}
