/* The rows cpu.*. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "rctl/bursting.h"
#include "rctl/kept.h"
#include "rctl/parts.h"

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

/* Give the parent group the weight of all that run in it, so that 100 shares compete with an
 * ordinary process of the host's as equals (warren-rctl(7), SHARES). If nobody in it has shares, it
 * is idle. */
static int weigh_parent(uint64_t sum)
{
	const struct group_face *g = group_face();
	if (g->set_idle("", sum == 0) < 0) /* before the weight: an idle group takes none */
		return -1;
	return sum > 0 ? g->set_weight("", sum) : 0;
}

/* If the largest share is more than the kernel takes, all are scaled down by the same factor. */
static int weigh_all(void)
{
	const struct group_face *g = group_face();
	uint64_t sum = 0, most = 0;
	list_each(l, &limits_live, struct limited, live) {
		sum += l->shares.n;
		most = l->shares.n > most ? l->shares.n : most;
	}
	list_each(z, &limits_live, struct limited, live) {
		uint64_t weight = z->shares.n;
		if (most > g->weight_max && weight > 0)
			weight =
			    weight * g->weight_max / most > 0 ? weight * g->weight_max / most : 1;
		if (set_weight(z, weight) < 0)
			return -1;
	}
	return list_empty(&limits_live) ? 0 : weigh_parent(sum);
}

void cpu_weigh_others(void)
{
	if (weigh_all() < 0)
		log_warn("shares of the others: %s", err_text());
}

/* ---- checking ---- */

static int check_cap(struct obj *o, const struct row *r)
{
	const struct limited *l = limited_of(o);
	(void)r;
	if (l->baseline.n != VALUE_NONE && l->cap.n < l->baseline.n)
		return err_set(ERANGE,
		    "%" PRIu64 " is below cpu.baseline, which is %" PRIu64
		    ": give at least that, or lower cpu.baseline first",
		    l->cap.n, l->baseline.n);
	return 0;
}

static int check_baseline(struct obj *o, const struct row *r)
{
	const struct limited *l = limited_of(o);
	(void)r;
	if (l->baseline.n != VALUE_NONE && l->baseline.n > l->cap.n)
		return err_set(ERANGE,
		    "%" PRIu64 " is above cpu.cap, which is %" PRIu64
		    ": give at most that, or raise cpu.cap first",
		    l->baseline.n, l->cap.n);
	return 0;
}

/* Check that the host has these CPUs. */
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

/* ---- putting in force ---- */

static int apply_shares(struct obj *o, const struct row *r)
{
	(void)r;
	return limits_is_live(limited_of(o)) ? weigh_all() : 0;
}

static int apply_bursting(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	return limits_is_live(l) ? bursting_changed(l) : 0;
}

static int apply_cpus(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	return limits_is_live(l) ? group_face()->set_cpus(l->group, l->cpus.s) : 0;
}

static int begin(struct limited *l)
{
	l->weight = 100; /* a new group's */
	if (bursting_begin(l) < 0 || (l->cpus.s != NULL && apply_cpus(&l->obj, NULL) < 0))
		return -1;
	return weigh_all();
}

static int found(struct limited *l)
{
	l->weight = UINT64_MAX; /* unknown: write it */
	int cap = bursting_found(l);
	return weigh_all() < 0 ? -1 : cap;
}

const struct limits_part cpu_part = {.begin = begin, .found = found, .leave = bursting_end};

/* ---- what is read ---- */

/* The limit in force. */
static double cap_effective(const struct limited *l)
{
	struct burst_limits limits = bursting_limits(l);
	return burst_effective(&l->kept->burst, &limits);
}

static int show_entitlement(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	struct limited *l = limited_of(o);
	uint64_t sum = 0, percent = 0;
	list_each(z, &limits_live, struct limited, live) {
		sum += z->shares.n;
	}
	if (limits_is_live(l) && sum > 0)
		percent = l->shares.n * host_cpus() * 100 / sum;
	double most = percent > 0 ? cap_effective(l) : 0;
	if ((double)percent > most)
		percent = (uint64_t)most;
	buf_printf(b, "%" PRIu64 "\n", percent);
	return 0;
}

static void show_percent(const char *key, double percent, struct buf *b)
{
	if (isinf(percent))
		buf_printf(b, "%s none\n", key);
	else
		buf_printf(b, "%s %.0f\n", key, percent);
}

/* Named as in SmartOS's kstat of a cap. A baseline without a cap is not in force, nor is its
 * time. */
static void show_bursting(const struct limited *l, const struct burst *s, struct buf *b)
{
	struct burst_limits limits = bursting_limits(l);
	show_percent("value", limits.value, b);
	show_percent("baseline", limits.baseline, b);
	show_percent("effective", burst_effective(s, &limits), b);
	show_percent("burst_limit_sec", isinf(limits.baseline) ? INFINITY : limits.time, b);
	buf_printf(b,
	    "bursting_sec %.3f\nusage %.0f\nmaxusage %.0f\nbelow_sec %.3f\nabove_sec %.3f\n"
	    "above_base_sec %.3f\n",
	    s->bursting, s->usage, s->maxusage, s->below, s->above, s->above_base);
}

static int show_stat(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	static const struct burst none;
	struct limited *l = limited_of(o);
	struct group_cpu c = {0};
	if (limits_is_live(l)) {
		if (group_face()->get_cpu(l->group, &c) < 0)
			return -1;
		bursting_look(l, c.usage_usec, c.nr_throttled);
	}
	buf_printf(b,
	    "usage_usec %" PRIu64 "\nuser_usec %" PRIu64 "\nsystem_usec %" PRIu64
	    "\nnr_periods %" PRIu64 "\nnr_throttled %" PRIu64 "\nthrottled_usec %" PRIu64 "\n",
	    c.usage_usec, c.user_usec, c.system_usec, c.nr_periods, c.nr_throttled,
	    c.throttled_usec);
	show_bursting(l, l->kept != NULL ? &l->kept->burst : &none, b);
	return 0;
}

#define LIMIT(field) .off = offsetof(struct limited, field)
#define PERCENT                                                                                    \
	.kind = &kind_number, .min = 1, .max = 6400, .none = true, .unset = "none",                \
	.wanted = "give percent of one CPU (1..6400), or none", .apply = apply_bursting

const struct row cpu_rows[] = {
    {40, "cpu.shares", 0644, 0, "its weight against other zones when CPU is short",
	.kind = &kind_number, LIMIT(shares), .max = 65535, .unset = "100",
	.wanted = "give 0..65535, 100 is ordinary", .apply = apply_shares},
    {41, "cpu.cap", 0644, 0, "upper limit, percent of one CPU, or none", PERCENT, LIMIT(cap),
	.check = check_cap, .example = "50"},
    {49, "cpu.baseline", 0644, 0,
	"percent that its cap drops to after cpu.burst_time above it, or none", PERCENT,
	LIMIT(baseline), .check = check_baseline},
    {50, "cpu.burst_time", 0644, 0,
	"seconds it may stay above cpu.baseline; 0: as long as it likes", .kind = &kind_number,
	LIMIT(burst_time), .max = 31536000, .unset = "0",
	.wanted = "give seconds (0..31536000), 0 for as long as it likes", .apply = apply_bursting},
    {42, "cpu.entitlement", 0444, ROW_COUNTER, "percent of one CPU it is guaranteed at this moment",
	.show = show_entitlement},
    {43, "cpu.set", 0644, 0, "CPUs it may use (0-1,3), or none", .kind = &kind_cpus, LIMIT(cpus),
	.max = 4096, .none = true, .unset = "none",
	.wanted = "give a list of this host's CPUs such as 0-1,3, or none", .check = check_cpus,
	.apply = apply_cpus, .example = "0-1"},
    {44, "cpu.stat", 0444, ROW_COUNTER, "CPU time used, held back by the cap; bursting",
	.show = show_stat},
    {55, "cpu.pressure", 0444, ROW_COUNTER, "how much it is held up waiting for CPUs",
	.show = limits_show_pressure},
    {0},
};
