#include "fs/req.h"

static void let_go(struct req *r)
{
	*r->held = NULL;
}

void req_hold(struct req *r, struct req **held)
{
	*held = r;
	if (r == NULL)
		return;
	r->held = held;
	r->cancel = let_go;
}
