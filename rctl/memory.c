/* The rows memory.*. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "rctl/kept.h"
#include "rctl/oom.h"
#include "rctl/parts.h"

/* Set both limits: in v1 that of memory and swap together can't be below that of memory. */
static int apply_memory(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	uint64_t bytes = l->memory.n != VALUE_NONE ? l->memory.n : l->memory_unset;
	return limits_is_live(l) ? group_face()->set_memory(l->group, bytes, l->swap.n) : 0;
}

int limits_unset_memory(struct limited *l, uint64_t bytes)
{
	uint64_t before = l->memory_unset;
	l->memory_unset = bytes;
	if (l->memory.n == VALUE_NONE && apply_memory(&l->obj, NULL) < 0) {
		l->memory_unset = before;
		return -1;
	}
	l->kept->memory_unset = bytes;
	return 0;
}

static int check_memory(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	bool bounded = l->memory.n != VALUE_NONE || l->memory_unset != VALUE_NONE;
	(void)r;
	if (l->memory_fits != NULL && l->memory_fits(l) < 0)
		return -1;
	return group_face()->check_swap(l->swap.n, bounded);
}

static int begin(struct limited *l)
{
	bool unset =
	    l->memory.n == VALUE_NONE && l->memory_unset == VALUE_NONE && l->swap.n == VALUE_NONE;
	l->kept->memory_unset = l->memory_unset;
	memset(&l->memory_was, 0, sizeof(l->memory_was));
	if (!unset && apply_memory(&l->obj, NULL) < 0)
		return -1;
	oom_begin(l);
	return 0;
}

static int found(struct limited *l)
{
	struct group_oom oom;
	if (l->recalled)
		l->memory_unset = l->kept->memory_unset;
	if (!l->recalled && group_face()->get_oom(l->group, &oom) == 0)
		l->kept->oom_kills = oom.kills;
	oom_begin(l);
	return 0;
}

/* The groups go, and their counters with them. */
static void leave(struct limited *l)
{
	struct group_oom oom;
	if (group_face()->get_oom(l->group, &oom) == 0) {
		l->memory_was.ooms = oom.ooms;
		l->memory_was.kills = oom.kills;
	}
	if (group_face()->get_memory_peak(l->group, &l->memory_was.peak) < 0)
		l->memory_was.peak = 0;
	oom_leave(l);
}

const struct limits_part memory_part = {.begin = begin, .found = found, .leave = leave};

/* ---- what is read ---- */

static int show_current(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	return limits_show_count(limited_of(o), group_face()->get_memory, b);
}

static int show_peak(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	const struct limited *l = limited_of(o);
	if (limits_is_live(l))
		return limits_show_count(l, group_face()->get_memory_peak, b);
	buf_printf(b, "%" PRIu64 "\n", l->memory_was.peak);
	return 0;
}

static int show_stat(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	const struct limited *l = limited_of(o);
	return limits_is_live(l) ? group_face()->get_memory_stat(l->group, b) : 0;
}

static int show_events(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	struct limited *l = limited_of(o);
	struct group_oom oom = {.ooms = l->memory_was.ooms, .kills = l->memory_was.kills};
	if (limits_is_live(l) && group_face()->get_oom(l->group, &oom) < 0)
		return -1;
	buf_printf(b, "oom %" PRIu64 "\noom_kill %" PRIu64 "\n", oom.ooms, oom.kills);
	return 0;
}

#define BYTES                                                                                      \
	.kind = &kind_size, .none = true, .unset = "none", .check = check_memory,                  \
	.apply = apply_memory

const struct row memory_rows[] = {
    {45, "memory.max", 0644, 0, "limit in bytes (K M G T are taken), or none", BYTES,
	.off = offsetof(struct limited, memory), .min = 1 << 20, .max = UINT64_C(1) << 50,
	.wanted = "give bytes (1M..1024T, with K, M, G or T), or none", .example = "512M"},
    {51, "memory.swap", 0644, 0, "limit of what it may have on swap in bytes, or none", BYTES,
	.off = offsetof(struct limited, swap), .max = UINT64_C(1) << 50,
	.wanted = "give bytes (0..1024T, with K, M, G or T), or none"},
    {46, "memory.current", 0444, ROW_COUNTER, "bytes in use", .show = show_current},
    {52, "memory.peak", 0444, ROW_COUNTER,
	"most bytes that were in use since the boot, the last one's where it does not run",
	.show = show_peak},
    {53, "memory.stat", 0444, ROW_COUNTER, "what its memory is used for, as the kernel names it",
	.show = show_stat},
    {54, "memory.events", 0444, ROW_COUNTER,
	"how often it ran out of memory and was killed for it, in this run or the last",
	.show = show_events},
    {57, "memory.pressure", 0444, ROW_COUNTER, "how much it is held up for want of memory",
	.show = limits_show_pressure},
    {0},
};
