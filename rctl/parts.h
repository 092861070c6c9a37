/* A kind of limit: what limits.c calls for it. */
#ifndef WARREN_RCTL_PARTS_H
#define WARREN_RCTL_PARTS_H

#include "rctl/limits.h"

struct limits_part {
	int (*begin)(struct limited *l); /* a new group; -1: a limit is refused */
	int (*found)(
	    struct limited *l); /* a group that an earlier daemon left; NULL: all is in force */
	void (*leave)(struct limited *l); /* nothing more is done about it; NULL: nothing was */
};

extern const struct limits_part cpu_part, memory_part, pids_part, io_part, recent_part;

extern struct list limits_live; /* limited::live */

void cpu_weigh_others(void); /* one has gone */

static inline struct limited *limited_of(struct obj *o)
{
	return container_of(o, struct limited, obj);
}

static inline bool limits_is_live(const struct limited *l)
{
	return !list_empty(&l->live);
}

/* pressure.c: row::show of cpu.pressure, memory.pressure and io.pressure */
int limits_show_pressure(struct obj *o, const struct row *r, struct buf *b);

/* Shows what `get` counts; 0 where it does not run. */
int limits_show_count(const struct limited *l, int (*get)(const char *, uint64_t *), struct buf *b);

#endif
