/* The rows pids.*. */
#include "rctl/parts.h"

static int apply_pids(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	return limits_is_live(l) ? group_face()->set_pids(l->group, l->pids.n) : 0;
}

static int show_pids(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	return limits_show_count(limited_of(o), group_face()->get_pids, b);
}

static int begin(struct limited *l)
{
	return l->pids.n != VALUE_NONE ? apply_pids(&l->obj, NULL) : 0;
}

const struct limits_part pids_part = {.begin = begin};

const struct row pids_rows[] = {
    {47, "pids.max", 0644, 0, "most processes and threads, or none", .kind = &kind_number,
	.off = offsetof(struct limited, pids), .min = 1, .max = 4194304, .none = true,
	.unset = "none", .wanted = "give a number of processes (1..4194304), or none",
	.apply = apply_pids},
    {48, "pids.current", 0444, ROW_COUNTER, "processes and threads there are", .show = show_pids},
    {0},
};
