#include "zone/rlimits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"
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

/* Check again: settings from another host may ask for more than this one allows. */
static int fill(struct zone *z, struct zone_request *q)
{
	static const struct row any = {.wanted = ""};
	struct rlimits unused;
	(void)q;
	return lines_parse(&any, z->rlimits.s, &unused) < 0 ? err_wrap("rlimits") : 0;
}

const struct zone_part rlimits_part = {.fill = fill};
