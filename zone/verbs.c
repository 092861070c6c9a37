/* The commands of ctl. A command fires its event, then waits until the zone has reached the state
 * that it wants. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/signame.h"
#include "base/fd.h"
#include "base/word.h"
#include "fs/ctl.h"
#include "fs/entry.h"
#include "zone/link.h"
#include "zone/preflight.h"
#include "zone/procs.h"
#include "zone/snapshot/snapshot.h"
#include "zone/state.h"
#include "zone/verbs.h"

enum {
	WANTS_NOTHING,
	WANTS_LOOK, /* whether it could boot again */
	WANTS_UP,
	WANTS_DOWN,
	WANTS_PAUSED,
	WANTS_RESUMED,
	SECONDS_UNSET = 60,
	SECONDS_MAX = 86400
};

static int reached_pause(const struct zone *z, enum pausing goal, enum zone_state there)
{
	if (z->pausing == goal && (z->state == ZONE_RUNNING || z->state == ZONE_PAUSED))
		return 0;
	return z->state == there ? 1 : -1;
}

/* Has it reached that state? 1 yes, 0 not yet, -1 it never will */
static int state_reached(struct zone *z, int wants)
{
	if (wants == WANTS_LOOK || z->unkept)
		return 0;
	if (wants == WANTS_DOWN)
		return zone_runs(z) ? 0 : 1;
	if (wants == WANTS_PAUSED)
		return reached_pause(z, PAUSING_PAUSE, ZONE_PAUSED);
	if (wants == WANTS_RESUMED)
		return reached_pause(z, PAUSING_RESUME, ZONE_RUNNING);
	if (z->state == ZONE_RUNNING)
		return 1;
	return zone_runs(z) || z->wish == WISH_AGAIN ? 0 : -1;
}

/* Refuse with the error of a boot or of a check that failed. Returns -1. */
static int command_fail(const struct command *c, const struct err *why)
{
	return err_set(
	    why->code == EOPNOTSUPP ? EOPNOTSUPP : EIO, "%s: %s", c->verb->name, why->text);
}

static void command_settle(struct zone *z, struct command *c, int there)
{
	c->wants = WANTS_NOTHING;
	if (there < 0 && z->why.code != 0)
		command_fail(c, &z->why);
	else if (there < 0)
		err_set(EIO, "%s: it is %s meanwhile", c->verb->name, zone_state_names[z->state]);
	command_done(c, there > 0);
}

static bool settle_one(struct zone *z)
{
	list_each(c, &z->l.obj.runs, struct command, link) {
		int there = c->waits && c->wants != WANTS_NOTHING ? state_reached(z, c->wants) : 0;
		if (there == 0)
			continue;
		command_settle(z, c, there);
		return true;
	}
	return false;
}

/* One command at a time, each time from the start: the next line of a command may change state and
 * list. */
void verbs_settle(struct zone *z)
{
	while (settle_one(z))
		;
}

/* Fire the event, and wait unless the wanted state is reached. */
static int event_fire(struct zone *z, struct command *c, enum zone_event ev, int wants)
{
	if (z->removing)
		return err_set(ESRCH, "it is being removed");
	if (zone_event(z, ev) < 0)
		return -1;
	int there = state_reached(z, wants);
	if (there < 0)
		return err_set(z->why.code != 0 ? z->why.code : EIO, "%s", z->why.text);
	c->wants = wants;
	return there > 0 ? 0 : COMMAND_WAITS;
}

static int seconds_parse(struct zone *z, const struct command *c)
{
	uint64_t n = SECONDS_UNSET;
	if (c->argc > 0 && word_u64(c->argv[0], "give seconds (0..86400)", &n) < 0)
		return -1;
	if (n > SECONDS_MAX)
		return err_set(
		    ERANGE, "\"%s\" is outside the limits: give seconds (0..86400)", c->argv[0]);
	z->seconds = (uint32_t)n;
	return 0;
}

static int cmd_boot(struct obj *o, struct command *c)
{
	struct zone *z = zone_of(o);
	if (c->again && zone_runs(z) && z->state != ZONE_HALTING) {
		c->wants = WANTS_UP; /* an earlier daemon began it */
		return z->state == ZONE_BOOTING ? COMMAND_WAITS : 0;
	}
	z->restarts = 0;
	z->pause_usec = 0;
	return event_fire(z, c, EV_BOOT, WANTS_UP);
}

static int cmd_halt(struct obj *o, struct command *c)
{
	return event_fire(zone_of(o), c, EV_HALT, WANTS_DOWN);
}

static int cmd_shutdown(struct obj *o, struct command *c)
{
	struct zone *z = zone_of(o);
	if (c->again && !zone_runs(z))
		return 0;
	return seconds_parse(z, c) < 0 ? -1 : event_fire(z, c, EV_SHUTDOWN, WANTS_DOWN);
}

static bool reboot_one(struct zone *z)
{
	list_each(c, &z->l.obj.runs, struct command, link) {
		if (!c->waits || c->wants != WANTS_LOOK)
			continue;
		int r = seconds_parse(z, c) < 0 ? -1 : event_fire(z, c, EV_REBOOT, WANTS_UP);
		if (r != COMMAND_WAITS)
			command_done(c, r == 0);
		return true;
	}
	return false;
}

static bool refuse_one(struct zone *z, const struct err *why)
{
	list_each(c, &z->l.obj.runs, struct command, link) {
		if (!c->waits || c->wants != WANTS_LOOK)
			continue;
		command_fail(c, why);
		command_done(c, false);
		return true;
	}
	return false;
}

/* One at a time from the start, as in verbs_settle(). */
static void on_looked(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	fd_close(&fd);
	if (reply->err.code != 0)
		while (refuse_one(z, &reply->err))
			;
	else
		while (reboot_one(z))
			;
}

/* A zone that could not boot again keeps running. If an earlier daemon began the reboot the zone
 * may have ended since. */
static int cmd_reboot(struct obj *o, struct command *c)
{
	struct zone *z = zone_of(o);
	struct err why;
	if (seconds_parse(z, c) < 0)
		return -1;
	if (c->again || !zone_is_up(z))
		return event_fire(z, c, c->again && !zone_runs(z) ? EV_BOOT : EV_REBOOT, WANTS_UP);
	c->wants = WANTS_LOOK;
	if (preflight_ask(z, on_looked) == 0)
		return COMMAND_WAITS;
	err_copy(&why);
	return command_fail(c, &why);
}

static int cmd_pause(struct obj *o, struct command *c)
{
	return event_fire(zone_of(o), c, EV_PAUSE, WANTS_PAUSED);
}

static int cmd_resume(struct obj *o, struct command *c)
{
	return event_fire(zone_of(o), c, EV_RESUME, WANTS_RESUMED);
}

static void on_answer(void *arg, const struct err *e)
{
	struct command *c = arg;
	if (e->code != 0)
		err_restore(e);
	command_done(c, e->code == 0);
}

static int cmd_kill(struct obj *o, struct command *c)
{
	struct zone *z = zone_of(o);
	uint64_t pid = 0;
	int sig = signal_number(c->argv[0]);
	if (sig < 0)
		return -1;
	if (c->argc > 1 && word_u64(c->argv[1], "give a process id as in procs", &pid) < 0)
		return -1;
	if ((z->state != ZONE_RUNNING && z->state != ZONE_PAUSED) || z->link == NULL)
		return err_set(ESRCH, "it is %s: boot it first", zone_state_names[z->state]);
	if (c->argc > 1 && procs_check(z, pid) < 0)
		return -1;
	if (pid == 0)
		z->killed = sig;
	link_ask(z, &(struct mon_request){.op = MON_SIGNAL, .signal = sig, .pid = (int32_t)pid},
	    on_answer, c);
	return COMMAND_WAITS;
}

int verbs_size(const struct command *c, uint32_t *size)
{
	static const char wanted[] = "give rows and columns (1..65535)";
	uint64_t n[2];
	for (int i = 0; i < 2; i++) {
		if (word_u64(c->argv[i], wanted, &n[i]) < 0)
			return -1;
		if (n[i] < 1 || n[i] > USHRT_MAX)
			return err_set(
			    ERANGE, "\"%s\" is outside the limits: %s", c->argv[i], wanted);
	}
	*size = (uint32_t)(n[0] << 16 | n[1]);
	return 0;
}

static int cmd_size(struct obj *o, struct command *c)
{
	struct zone *z = zone_of(o);
	struct mon_request q = {.op = MON_SIZE};
	if (verbs_size(c, &q.value) < 0)
		return -1;
	if ((z->state != ZONE_RUNNING && z->state != ZONE_PAUSED) || z->link == NULL)
		return err_set(ESRCH, "it is %s: boot it first", zone_state_names[z->state]);
	link_ask(z, &q, on_answer, c);
	return COMMAND_WAITS;
}

#define S(state) (1U << ZONE_##state)
#define IDLE (S(CONFIGURED) | S(HALTED) | S(FAILED))
#define UP (S(RUNNING) | S(PAUSED) | S(HALTING))

const struct command_row zone_commands[] = {
    {"boot", 0, 0, cmd_boot, "boot", IDLE, "start run up on"},
    {"destroy", 0, 0, entry_destroy, "destroy", IDLE, "delete remove rm undefine"},
    {"halt", 0, 0, cmd_halt, "halt", 0, "poweroff off"},
    {"kill", 1, 2, cmd_kill, "kill SIGNAL [PID]", S(RUNNING) | S(PAUSED), "signal"},
    {"pause", 0, 0, cmd_pause, "pause", S(RUNNING), "suspend freeze"},
    {"reboot", 0, 1, cmd_reboot, "reboot [SECONDS]", UP, "restart"},
    {"resume", 0, 0, cmd_resume, "resume", S(PAUSED), "unpause thaw unfreeze continue"},
    {"shutdown", 0, 1, cmd_shutdown, "shutdown [SECONDS]", UP | S(BOOTING), "stop down"},
    {0},
};

/* A VM has no layers yet; its console is a serial line, which has no size. */
const struct command_row zone_own_commands[] = {
    {"rollback", 1, 1, snapshot_rollback, "rollback SNAPSHOT", IDLE, "restore revert"},
    {"size", 2, 2, cmd_size, "size ROWS COLS", S(RUNNING) | S(PAUSED), "resize"},
    {0},
};
