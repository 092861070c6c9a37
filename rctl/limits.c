#include "rctl/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "rctl/group.h"

static struct list all = {&all, &all}; /* limited::live */

unsigned host_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

static struct limited *limited_of(struct obj *o)
{
	return container_of(o, struct limited, obj);
}

static bool is_live(const struct limited *l)
{
	return !list_empty(&l->live);
}

void limits_init(struct limited *l)
{
	list_init(&l->live);
	l->memory_unset = VALUE_NONE;
	snprintf(l->group, sizeof(l->group), "%" PRIu64, l->obj.id);
}

/* ---- shares ---- */

static int set_weight(struct limited *l, uint64_t weight)
{
	const struct group_face *g = group_face();
	if (l->weight == weight)
		return 0;
	if (l->weight == 0 || weight == 0) {
		if (g->set_idle(l->group, weight == 0) < 0)
			return -1;
	}
	if (weight != 0 && g->set_weight(l->group, weight) < 0)
		return -1;
	l->weight = weight;
	return 0;
}

/* Shares above what the kernel takes scale all others down with them; the parent weighs as much as
 * what runs in it, so that 100 shares compete with an ordinary process of the host's as equals
 * (cpu-caps: shares). */
static int weigh_all(void)
{
	const struct group_face *g = group_face();
	uint64_t sum = 0, most = 0;
	list_each(l, &all, struct limited, live) {
		sum += l->shares.n;
		most = l->shares.n > most ? l->shares.n : most;
	}
	list_each(z, &all, struct limited, live) {
		uint64_t weight = z->shares.n;
		if (most > g->weight_max && weight > 0)
			weight = weight * g->weight_max / most > 0 ? weight * g->weight_max / most : 1;
		if (set_weight(z, weight) < 0)
			return -1;
	}
	return sum > 0 ? g->set_weight("", sum) : 0;
}

/* ---- putting in force ---- */

static int apply_shares(struct obj *o, const struct row *r)
{
	(void)r;
	return is_live(limited_of(o)) ? weigh_all() : 0;
}

static int apply_cap(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	return is_live(l) ? group_face()->set_cap(l->group, l->cap.n) : 0;
}

static int apply_cpus(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	return is_live(l) ? group_face()->set_cpus(l->group, l->cpus.s) : 0;
}

static int apply_memory(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	uint64_t bytes = l->memory.n != VALUE_NONE ? l->memory.n : l->memory_unset;
	return is_live(l) ? group_face()->set_memory(l->group, bytes) : 0;
}

static int apply_pids(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	return is_live(l) ? group_face()->set_pids(l->group, l->pids.n) : 0;
}

int limits_begin(struct limited *l)
{
	list_add_tail(&all, &l->live);
	l->weight = 100; /* a new group's */
	if ((l->cap.n != VALUE_NONE && apply_cap(&l->obj, NULL) < 0) ||
		(l->cpus.s != NULL && apply_cpus(&l->obj, NULL) < 0) ||
		((l->memory.n != VALUE_NONE || l->memory_unset != VALUE_NONE) &&
			apply_memory(&l->obj, NULL) < 0) ||
		(l->pids.n != VALUE_NONE && apply_pids(&l->obj, NULL) < 0))
		return -1;
	return weigh_all();
}

void limits_found(struct limited *l)
{
	list_add_tail(&all, &l->live);
	l->weight = UINT64_MAX; /* unknown: write it */
	if (weigh_all() < 0)
		log_warn("%s: shares: %s", l->obj.name, err_text());
}

void limits_end(struct limited *l)
{
	if (!is_live(l))
		return;
	list_del(&l->live);
	if (weigh_all() < 0)
		log_warn("shares of the others: %s", err_text());
}

/* ---- what is read ---- */

static int not_running(const struct limited *l)
{
	return is_live(l) ? 0 : 1;
}

static int show_entitlement(struct obj *o, struct buf *b)
{
	struct limited *l = limited_of(o);
	uint64_t sum = 0, percent = 0;
	list_each(z, &all, struct limited, live)
		sum += z->shares.n;
	if (is_live(l) && sum > 0)
		percent = l->shares.n * host_cpus() * 100 / sum;
	if (percent > l->cap.n)
		percent = l->cap.n;
	buf_printf(b, "%" PRIu64 "\n", percent);
	return 0;
}

static int show_stat(struct obj *o, struct buf *b)
{
	struct limited *l = limited_of(o);
	struct group_cpu c = {0};
	if (!not_running(l) && group_face()->get_cpu(l->group, &c) < 0)
		return -1;
	buf_printf(b,
		"usage_usec %" PRIu64 "\nuser_usec %" PRIu64 "\nsystem_usec %" PRIu64
		"\nnr_periods %" PRIu64 "\nnr_throttled %" PRIu64 "\nthrottled_usec %" PRIu64 "\n",
		c.usage_usec, c.user_usec, c.system_usec, c.nr_periods, c.nr_throttled, c.throttled_usec);
	return 0;
}

static int show_count(
	const struct limited *l, int (*get)(const char *, uint64_t *), struct buf *b)
{
	uint64_t n = 0;
	if (!not_running(l) && get(l->group, &n) < 0)
		return -1;
	buf_printf(b, "%" PRIu64 "\n", n);
	return 0;
}

static int show_memory(struct obj *o, struct buf *b)
{
	return show_count(limited_of(o), group_face()->get_memory, b);
}

static int show_pids(struct obj *o, struct buf *b)
{
	return show_count(limited_of(o), group_face()->get_pids, b);
}

/* There are as many CPUs as the host has now. */
static int check_cpus(struct obj *o, const struct row *r)
{
	const char *s = limited_of(o)->cpus.s;
	uint64_t most = 0;
	for (const char *p = s; p != NULL && *p != '\0'; p += strcspn(p, ",-"), p += *p != '\0') {
		uint64_t n = (uint64_t)strtoull(p, NULL, 10);
		most = n > most ? n : most;
	}
	if (most >= host_cpus())
		return err_set(ERANGE, "there is no CPU %" PRIu64 ": %s", most, r->wanted);
	return 0;
}

#define LIMIT(field) .off = offsetof(struct limited, field)

const struct row limits_rows[] = {
	{40, "cpu.shares", 0644, 0, "its weight against other zones when CPU is short",
		.kind = &kind_number, LIMIT(shares), .max = 65535, .unset = "100",
		.wanted = "give 0..65535, 100 is ordinary", .apply = apply_shares},
	{41, "cpu.cap", 0644, 0, "upper limit, percent of one CPU, or none",
		.kind = &kind_number, LIMIT(cap), .min = 1, .max = 6400, .none = true, .unset = "none",
		.wanted = "give percent of one CPU (1..6400), or none", .apply = apply_cap},
	{42, "cpu.entitlement", 0444, ROW_COUNTER, "percent of one CPU it is guaranteed at this moment",
		.show = show_entitlement},
	{43, "cpu.set", 0644, 0, "CPUs it may use (0-1,3), or none",
		.kind = &kind_cpus, LIMIT(cpus), .max = 4096, .unset = "none",
		.wanted = "give a list of this host's CPUs such as 0-1,3, or none", .check = check_cpus,
		.apply = apply_cpus},
	{44, "cpu.stat", 0444, ROW_COUNTER, "CPU time used, and held back by the cap", .show = show_stat},
	{45, "memory.max", 0644, 0, "limit in bytes (K M G T are taken), or none",
		.kind = &kind_size, LIMIT(memory), .min = 1 << 20, .max = UINT64_C(1) << 50, .none = true,
		.unset = "none", .wanted = "give bytes (1M..1024T, with K, M, G or T), or none",
		.apply = apply_memory},
	{46, "memory.current", 0444, ROW_COUNTER, "bytes in use", .show = show_memory},
	{47, "pids.max", 0644, 0, "most processes and threads, or none",
		.kind = &kind_number, LIMIT(pids), .min = 1, .max = 4194304, .none = true, .unset = "none",
		.wanted = "give a number of processes (1..4194304), or none", .apply = apply_pids},
	{48, "pids.current", 0444, ROW_COUNTER, "processes and threads there are", .show = show_pids},
	{0},
};
