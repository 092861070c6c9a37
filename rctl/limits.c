#include "rctl/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "rctl/kept.h"
#include "rctl/parts.h"

struct list limits_live = {&limits_live, &limits_live};

static const struct limits_part *const parts[] = {
    &cpu_part, &memory_part, &pids_part, &io_part, &recent_part};

unsigned host_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

void limits_open(int dir)
{
	if (kept_open(dir) < 0)
		log_warn("%s", err_text());
	err_clear();
}

void limits_close(void)
{
	kept_close();
}

void limits_init(struct limited *l)
{
	list_init(&l->live);
	list_init(&l->ticking);
	l->memory_unset = VALUE_NONE;
	l->oom = (struct group_oom_watch){-1, -1};
	snprintf(l->group, sizeof(l->group), "%" PRIu64, l->obj.id);
}

int limits_begin(struct limited *l)
{
	list_add_tail(&limits_live, &l->live);
	l->kept = kept_begin(l->obj.id);
	for (size_t i = 0; i < NELEM(parts); i++)
		if (parts[i]->begin(l) < 0)
			return -1;
	return 0;
}

void limits_found(struct limited *l)
{
	list_add_tail(&limits_live, &l->live);
	l->kept = kept_find(l->obj.id, &l->recalled);
	for (size_t i = 0; i < NELEM(parts); i++)
		if (parts[i]->found != NULL && parts[i]->found(l) < 0)
			log_warn("%s: limits: %s", l->obj.name, err_text());
}

static void leave(struct limited *l)
{
	for (size_t i = 0; i < NELEM(parts); i++)
		if (parts[i]->leave != NULL)
			parts[i]->leave(l);
	list_del(&l->live);
}

void limits_leave(struct limited *l)
{
	if (!limits_is_live(l))
		return;
	leave(l);
	kept_leave(&l->kept);
}

void limits_end(struct limited *l)
{
	if (!limits_is_live(l))
		return;
	leave(l);
	kept_end(&l->kept);
	cpu_weigh_others();
}

int limits_show_count(const struct limited *l, int (*get)(const char *, uint64_t *), struct buf *b)
{
	uint64_t n = 0;
	if (limits_is_live(l) && get(l->group, &n) < 0)
		return -1;
	buf_printf(b, "%" PRIu64 "\n", n);
	return 0;
}
