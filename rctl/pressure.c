/* The rows *.pressure, beside the other rows of each kind: what the kernel calls pressure stall
 * information. */
#include <string.h>

#include "rctl/parts.h"

int limits_show_pressure(struct obj *o, const char *what, struct buf *b)
{
	static const char none[] = "avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
	const struct limited *l = limited_of(o);
	if (limits_is_live(l))
		return group_face()->get_pressure(l->group, what, b);
	buf_printf(b, "some %sfull %s", none, none);
	return 0;
}
