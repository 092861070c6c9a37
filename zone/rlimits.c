#include "zone/rlimits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"
#include "rctl/group.h"
#include "zone/force.h"
#include "zone/link.h"
#include "zone/parts.h"

/* By the kernel's numbers, with the names of limits.conf(5). The defaults are the kernel's
 * (INIT_RLIMITS, asm-generic/resource.h), except for open files, which systemd sets higher
 * (systemd.exec(5), LimitNOFILE=). Processes and signals are bounded by what the daemon has. */
static const struct {
	const char *name;
	uint64_t soft, hard;
} limits[RLIMITS] = {
    [RLIMIT_CPU] = {"cpu", RLIMIT_NONE, RLIMIT_NONE},
    [RLIMIT_FSIZE] = {"fsize", RLIMIT_NONE, RLIMIT_NONE},
    [RLIMIT_DATA] = {"data", RLIMIT_NONE, RLIMIT_NONE},
    [RLIMIT_STACK] = {"stack", 8 << 20, RLIMIT_NONE},
    [RLIMIT_CORE] = {"core", 0, RLIMIT_NONE},
    [RLIMIT_RSS] = {"rss", RLIMIT_NONE, RLIMIT_NONE},
    [RLIMIT_NPROC] = {"nproc", RLIMIT_NONE, RLIMIT_NONE},
    [RLIMIT_NOFILE] = {"nofile", 1024, 524288},
    [RLIMIT_MEMLOCK] = {"memlock", 8 << 20, 8 << 20},
    [RLIMIT_AS] = {"as", RLIMIT_NONE, RLIMIT_NONE},
    [RLIMIT_LOCKS] = {"locks", RLIMIT_NONE, RLIMIT_NONE},
    [RLIMIT_SIGPENDING] = {"sigpending", RLIMIT_NONE, RLIMIT_NONE},
    [RLIMIT_MSGQUEUE] = {"msgqueue", 819200, 819200},
    [RLIMIT_NICE] = {"nice", 0, 0},
    [RLIMIT_RTPRIO] = {"rtprio", 0, 0},
    [RLIMIT_RTTIME] = {"rttime", RLIMIT_NONE, RLIMIT_NONE},
};

static int name_find(const struct row *r, const char *name)
{
	char q[64];
	for (int i = 0; i < RLIMITS; i++)
		if (strcmp(limits[i].name, name) == 0)
			return i;
	return err_set(EINVAL, "\"%s\" is no limit: %s", word_quote(name, q, sizeof(q)), r->wanted);
}

static int value_parse(const struct row *r, const char *word, uint64_t *value)
{
	*value = RLIMIT_NONE;
	if (strcmp(word, "none") == 0 || strcmp(word, "max") == 0 || strcmp(word, "unlimited") == 0)
		return 0;
	return word_size(word, r->wanted, value);
}

/* The daemon's hard limits are the highest that a zone can get. */
static int bounds_check(const struct row *r, int what, uint64_t soft, uint64_t hard)
{
	struct rlimit most;
	const char *name = limits[what].name;
	if (soft > hard)
		return err_set(
		    EINVAL, "%s: the soft limit is above the hard one: %s", name, r->wanted);
	if (getrlimit((unsigned)what, &most) < 0)
		return err_sys("%s", name);
	if (hard > most.rlim_max)
		return err_set(ERANGE,
		    "%s: this host lets nobody have more than %" PRIu64 ": give less", name,
		    (uint64_t)most.rlim_max);
	return 0;
}

static int line_parse(const struct row *r, char *line, struct rlimits *to, unsigned *named)
{
	uint64_t soft, hard;
	char *value = strchr(line, '='), *colon = value != NULL ? strchr(value, ':') : NULL, q[64];
	if (value == NULL)
		return err_set(
		    EINVAL, "\"%s\" has no =: %s", word_quote(line, q, sizeof(q)), r->wanted);
	*value++ = '\0';
	if (colon != NULL)
		*colon++ = '\0';
	int what = name_find(r, line);
	if (what < 0 || value_parse(r, value, &soft) < 0 ||
	    value_parse(r, colon != NULL ? colon : value, &hard) < 0)
		return -1;
	if ((*named & 1U << what) != 0)
		return err_set(EINVAL, "%s is there twice: %s", line, r->wanted);
	*named |= 1U << what;
	to->of[what].soft = soft;
	to->of[what].hard = hard;
	return bounds_check(r, what, soft, hard);
}

static int lines_parse(const struct row *r, const char *lines, struct rlimits *to)
{
	unsigned named = 0;
	char *copy = xstrdup(lines != NULL ? lines : ""), *rest = copy, *line;
	int result = 0;
	while (result == 0 && (line = word_line(&rest)) != NULL)
		result = line_parse(r, line, to, &named);
	free(copy);
	return result;
}

int rlimits_check(struct obj *o, const struct row *r)
{
	struct rlimits any;
	return lines_parse(r, zone_of(o)->rlimits.s, &any);
}

void rlimits_of(const struct zone *z, struct rlimits *to)
{
	static const struct row any = {.wanted = ""};
	for (int i = 0; i < RLIMITS; i++) {
		to->of[i].soft = limits[i].soft;
		to->of[i].hard = limits[i].hard;
	}
	lines_parse(&any, z->rlimits.s, to);
}

/* ---- in force ---- */

/* Limits of a zone that runs. */
struct rlimiting {
	struct rlimits now; /* what its processes have, or were to have */
	uint32_t changed; /* bit N: limit N is to be set */
	unsigned asked, round; /* answers to come; the round under way */
	bool due; /* the settings are others */
	bool waits; /* a process has less than the file says until the next boot */
};

/* The second round is for processes that were forked during the first. */
enum { ROUNDS = 2 };

int rlimits_apply(struct obj *o, const struct row *r)
{
	(void)r;
	zone_of(o)->rlimiting->due = true;
	return 0;
}

bool rlimits_wait(const struct zone *z)
{
	return z->rlimiting->waits;
}

static void answered(void *arg, const struct err *e);

static void chunk_send(struct zone *z, struct mon_request *q)
{
	if (q->len == sizeof(struct rlimits))
		return;
	z->rlimiting->asked++;
	link_ask(z, q, answered, z);
	q->len = sizeof(struct rlimits);
}

static void round_ask(struct zone *z)
{
	struct rlimiting *l = z->rlimiting;
	struct mon_request q = {
	    .op = MON_RLIMITS, .value = l->changed, .len = sizeof(struct rlimits)};
	struct buf pids = {0};
	char *rest = group_face()->get_procs(z->l.group, &pids) == 0 ? pids.at : NULL;
	memcpy(q.bytes, &l->now, sizeof(l->now));
	l->round++;
	l->asked = 1; /* this function, until all are sent */
	for (char *line; (line = word_line(&rest)) != NULL;) {
		int32_t pid = (int32_t)strtol(line, NULL, 10);
		memcpy(q.bytes + q.len, &pid, sizeof(pid));
		q.len += (uint32_t)sizeof(pid);
		if (q.len + sizeof(pid) > sizeof(q.bytes))
			chunk_send(z, &q);
	}
	chunk_send(z, &q);
	buf_finish(&pids);
	answered(z, &(struct err){0});
}

/* A monitor of an older version does not know the request: all waits for the next boot. */
static void answered(void *arg, const struct err *e)
{
	struct zone *z = arg;
	struct rlimiting *l = z->rlimiting;
	l->waits = l->waits || e->code == EPERM || e->code == EOPNOTSUPP;
	if (--l->asked > 0)
		return;
	if (l->round < ROUNDS && zone_is_up(z) && z->link != NULL) {
		round_ask(z);
		return;
	}
	obj_changed(&z->l.obj);
	zone_forced(z, &rlimits_part, NULL);
}

static void rounds_begin(struct zone *z)
{
	struct rlimiting *l = z->rlimiting;
	struct rlimits want;
	rlimits_of(z, &want);
	if (!l->waits) /* if something waits it is tried again */
		l->changed = 0;
	for (unsigned i = 0; i < RLIMITS; i++)
		if (memcmp(&want.of[i], &l->now.of[i], sizeof(want.of[i])) != 0)
			l->changed |= 1U << i;
	l->now = want;
	l->due = l->waits = false;
	l->round = 0;
	round_ask(z);
}

static int force(struct zone *z)
{
	struct rlimiting *l = z->rlimiting;
	if (!l->due || z->state == ZONE_BOOTING)
		return 0;
	if (!zone_is_up(z) || z->link == NULL) {
		l->due = false;
		return 0;
	}
	rounds_begin(z);
	return 1;
}

/* Set what was changed while it booted. */
static void entered(struct zone *z)
{
	if (!zone_runs(z))
		z->rlimiting->waits = false;
	if (z->rlimiting->due && zone_is_up(z) && z->link != NULL)
		rounds_begin(z);
}

/* ---- a boot ---- */

/* Check again: settings from another host may ask for more than this one allows. */
static int fill(struct zone *z, struct zone_request *q)
{
	static const struct row any = {.wanted = ""};
	struct rlimits unused;
	(void)q;
	return lines_parse(&any, z->rlimits.s, &unused) < 0 ? err_wrap("rlimits") : 0;
}

static int begin(struct zone *z, struct zone_request *q)
{
	(void)q;
	*z->rlimiting = (struct rlimiting){0};
	rlimits_of(z, &z->rlimiting->now);
	return 0;
}

static void init(struct zone *z)
{
	z->rlimiting = xcalloc(1, sizeof(*z->rlimiting));
}

static void found(struct zone *z)
{
	struct rlimiting *l = z->rlimiting;
	l->waits = zone_runs(z) && l->waits;
	if (zone_runs(z))
		rlimits_of(z, &l->now);
}

/* Save which limits wait for the next boot: "rlimits-wait MASK". */
static void save(const struct zone *z, struct buf *b)
{
	if (zone_runs(z) && z->rlimiting->waits)
		buf_printf(b, "rlimits-wait %" PRIx32 "\n", z->rlimiting->changed);
}

/* When a change is undone this is known already. */
static int load(struct zone *z, const char *key, char *value)
{
	struct rlimiting *l = z->rlimiting;
	if (strcmp(key, "rlimits-wait") != 0)
		return 1;
	if (z->state == ZONE_CONFIGURED)
		l->waits = sscanf(value, "%" SCNx32, &l->changed) == 1;
	return 0;
}

static void destroy(struct zone *z)
{
	free(z->rlimiting);
}

const struct zone_part rlimits_part = {.init = init,
    .save = save,
    .load = load,
    .fill = fill,
    .begin = begin,
    .entered = entered,
    .force = force,
    .found = found,
    .destroy = destroy};
