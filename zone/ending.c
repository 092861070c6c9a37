#include "zone/ending.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "rctl/group.h"
#include "zone/parts.h"

static void reason_set(struct zone *z, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void reason_set(struct zone *z, const char *fmt, ...)
{
	va_list ap;
	free(z->reason);
	va_start(ap, fmt);
	if (vasprintf(&z->reason, fmt, ap) < 0)
		abort();
	va_end(ap);
}

/* Write a size as memory.max takes it. */
static void size_show(uint64_t bytes, char text[32])
{
	static const char units[] = "\0KMGT";
	int unit = 0;
	for (; units[unit + 1] != '\0' && bytes != 0 && bytes % 1024 == 0; unit++)
		bytes /= 1024;
	snprintf(text, 32, "%" PRIu64 "%.1s", bytes, &units[unit]);
}

static bool was_oom(const struct zone *z, int signal)
{
	struct group_oom oom;
	return signal == SIGKILL && group_face()->get_oom(z->l.group, &oom) == 0 && oom.kills > 0;
}

static void explain_oom(struct zone *z)
{
	char max[32];
	if (z->l.memory.n == VALUE_NONE && z->l.memory_unset == VALUE_NONE)
		snprintf(max, sizeof(max), "none");
	else
		size_show(z->l.memory.n != VALUE_NONE ? z->l.memory.n : z->l.memory_unset, max);
	reason_set(z, "out of memory: memory.max is %s", max);
	if (z->why.code != 0) /* the monitor only knows the signal that ended it */
		snprintf(z->why.text, sizeof(z->why.text), "%s", z->reason);
}

static void explain_asked(struct zone *z, int signal, bool in_time)
{
	if (!in_time)
		reason_set(z, "did not end within %" PRIu32 " s: halted", z->seconds);
	else
		reason_set(z, signal == SIGKILL ? "halted" : "shut down");
}

/* At these QEMU exits with 0. */
static bool by_told_signal(const struct zone *z)
{
	return z->killed == SIGTERM || z->killed == SIGINT || z->killed == SIGHUP;
}

static void reason_make(struct zone *z, const struct ending *e)
{
	int signal = WIFSIGNALED(e->status) ? WTERMSIG(e->status) : 0;
	if (e->asked != 0)
		explain_asked(z, signal, e->asked == 1);
	else if (e->reboot)
		reason_set(z, "rebooted from inside");
	else if (e->off)
		reason_set(z, "powered off from inside");
	else if (signal != 0 && signal == z->killed)
		reason_set(z, "killed by signal %d, as ctl was told", signal);
	else if (was_oom(z, signal))
		explain_oom(z);
	else if (z->kind->exit_is_off && e->status == 0 && by_told_signal(z))
		reason_set(z, "killed by signal %d, as ctl was told", z->killed);
	else if (z->kind->exit_is_off && e->status == 0)
		reason_set(z, "powered off from inside");
	else if (signal != 0)
		reason_set(z, "%s was killed by signal %d", z->kind->init, signal);
	else
		reason_set(z, "%s ended by itself", z->kind->init);
}

void ending_note(struct zone *z, const struct ending *e)
{
	bool killed = WIFSIGNALED(e->status);
	snprintf(z->exit, sizeof(z->exit), "%s %d", killed ? "killed" : "exited",
	    killed ? WTERMSIG(e->status) : WEXITSTATUS(e->status));
	z->forced = e->asked == 2;
	reason_make(z, e);
}

const char *ending_reason(const struct zone *z)
{
	if (z->state == ZONE_FAILED && z->why.code != 0)
		return z->why.text;
	if (z->state == ZONE_PAUSED && z->stopped.code != 0)
		return z->stopped.text;
	return !zone_runs(z) && z->reason != NULL ? z->reason : "-";
}

/* ---- as a part of its zone ---- */

static void clear(struct zone *z)
{
	free(z->reason);
	z->reason = NULL;
	z->ended = 0;
	z->killed = 0;
	z->forced = false;
}

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	clear(z);
	return 0;
}

/* What the settings file says is of an earlier run. */
static void found(struct zone *z)
{
	if (zone_runs(z))
		clear(z);
}

static void save(const struct zone *z, struct buf *b)
{
	if (z->ended != 0)
		buf_printf(b, "ended %" PRId64 "\n", z->ended);
	if (z->reason != NULL)
		buf_printf(b, "reason %s\n", z->reason);
}

static int load(struct zone *z, const char *key, char *value)
{
	uint64_t n;
	if (strcmp(key, "reason") == 0) {
		reason_set(z, "%s", value);
		return 0;
	}
	if (strcmp(key, "ended") != 0)
		return 1;
	if (word_u64(value, "", &n) < 0 || n > INT64_MAX)
		return err_set(EBADMSG, "bad time");
	z->ended = (int64_t)n;
	return 0;
}

static void status(struct zone *z, struct buf *b)
{
	if (z->ended != 0 && !zone_runs(z))
		buf_printf(b, "ended %" PRId64 "\n", z->ended / 1000000);
	else
		buf_str(b, "ended -\n");
}

static void destroy(struct zone *z)
{
	free(z->reason);
}

const struct zone_part ending_part = {.begin = begin,
    .save = save,
    .load = load,
    .status = status,
    .found = found,
    .destroy = destroy};
