/* What happens in which state: the table has a function in every cell of state by event. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "fs/change.h"
#include "fs/error.h"
#include "fs/foreign.h"
#include "host/event.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "zone/pause.h"
#include "zone/restart.h"
#include "zone/start.h"
#include "zone/state.h"
#include "zone/verbs.h"

const char *const zone_state_names[ZONE_STATES] = {
    "configured", "booting", "running", "paused", "halting", "halted", "failed"};

const char *const zone_origin_names[ZONE_ORIGINS] = {"boot"};

void (*zone_entered)(void);

/* "disk0: no space left ..." is reason=disk0:nospace. */
static void stopped_word(const struct err *e, char more[64])
{
	const char *kind = e->code == ENOSPC ? ":nospace" : e->code == EIO ? ":io-error" : "";
	snprintf(more, 64, "reason=%.*s%s", (int)strcspn(e->text, ": "), e->text, kind);
}

static void state_enter(struct zone *z, enum zone_state s)
{
	z->state = s;
	z->l.obj.changed = now_ns();
	char more[64] = "";
	if (s == ZONE_HALTED || s == ZONE_FAILED) {
		snprintf(more, sizeof(more), "exit=%s%s", z->exit, z->forced ? " forced=yes" : "");
		char *blank = strchr(more, ' '); /* within exit */
		if (blank != NULL)
			*blank = ':';
	}
	if (s == ZONE_PAUSED && z->stopped.code != 0)
		stopped_word(&z->stopped, more);
	event_emit(&z->l.obj, z->kind->dir, zone_state_names[s], more);
	if (s != ZONE_BOOTING && s != ZONE_HALTING) /* these states pass: the next daemon would find
						     * another one */
		change_save(&z->l.obj);
	parts_entered(z);
	verbs_settle(z);
	zone_entered();
}

/* ---- cells ---- */

static int nothing(struct zone *z)
{
	(void)z;
	return 0;
}

/* Halting a halted zone succeeds, and ends a pause before a restart. */
static int stay_halted(struct zone *z)
{
	restart_cancel(z);
	restart_wish(z, WISH_DOWN);
	return 0;
}

static int is_impossible(struct zone *z)
{
	log_error(
	    "%s: an event that can't be in state %s", z->l.obj.name, zone_state_names[z->state]);
	return 0;
}

static int runs_already(struct zone *z)
{
	return err_set(
	    EEXIST, "it is %s already: reboot boots it again", zone_state_names[z->state]);
}

static int is_on_its_way(struct zone *z)
{
	return err_set(
	    EEXIST, "it is %s just now: wait until it is not", zone_state_names[z->state]);
}

static int runs_not(struct zone *z)
{
	return err_set(ESRCH, "it is %s: boot it first", zone_state_names[z->state]);
}

static int stands_still(struct zone *z)
{
	(void)z;
	return err_set(EEXIST, "it is paused: resume it, or halt it first");
}

static int not_up(struct zone *z)
{
	return err_set(ESRCH, "it is %s: only what runs can be paused", zone_state_names[z->state]);
}

static int start(struct zone *z, enum zone_origin origin, enum zone_wish wish)
{
	if (z->removing)
		return err_set(ESRCH, "it is being removed");
	if (z->l.obj.unreadable)
		return err_set(
		    EIO, "its settings can't be read: mend its file below state=, mount again");
	if (foreign_check_values(&z->l.obj) < 0)
		return -1;
	snprintf(z->exit, sizeof(z->exit), "-");
	restart_cancel(z);
	z->origin = origin;
	restart_wish(z, wish);
	z->failed = false;
	z->why = (struct err){0};
	state_enter(z, ZONE_BOOTING);
	zone_start(z);
	return 0;
}

static int boot(struct zone *z)
{
	return start(z, ORIGIN_BOOT, WISH_NONE);
}

static int boot_by_itself(struct zone *z)
{
	if (z->removing)
		return 0;
	return start(z, ORIGIN_BOOT, z->wish == WISH_REBOOT ? WISH_REBOOT : WISH_UP);
}

static int boot_again(struct zone *z)
{
	restart_wish(z, WISH_AGAIN);
	return 0;
}

/* The monitor was told to halt. Only now a paused zone is thawed, as it may have to run to die. */
static void told_to_halt(void *arg, const struct err *e)
{
	(void)e;
	pause_release(arg);
}

static int kill_it(struct zone *z)
{
	link_ask(z, &(struct mon_request){.op = MON_HALT}, told_to_halt, z);
	return 0;
}

static int halt(struct zone *z)
{
	restart_wish(z, WISH_DOWN);
	state_enter(z, ZONE_HALTING);
	return kill_it(z);
}

/* There is no process 1 to halt yet: wait for the start to end. */
static int halt_early(struct zone *z)
{
	restart_wish(z, WISH_DOWN);
	return z->link != NULL ? halt(z) : 0;
}

/* It is halting already, perhaps to boot again, or because it has ended by itself: now it stays
 * down. */
static int stay_down(struct zone *z)
{
	restart_wish(z, WISH_DOWN);
	return kill_it(z);
}

static int ask_to_end(struct zone *z)
{
	link_ask(z, &(struct mon_request){.op = MON_SHUTDOWN, .value = z->seconds}, NULL, NULL);
	return 0;
}

static int end_and(struct zone *z, enum zone_wish wish)
{
	restart_wish(z, wish);
	pause_release(z);
	state_enter(z, ZONE_HALTING);
	return ask_to_end(z);
}

static int shut_down(struct zone *z)
{
	return end_and(z, WISH_DOWN);
}

static int shut_down_still(struct zone *z)
{
	restart_wish(z, WISH_DOWN);
	return ask_to_end(z);
}

static int reboot(struct zone *z)
{
	return end_and(z, WISH_AGAIN);
}

static int pause_it(struct zone *z)
{
	return pause_begin(z, PAUSING_PAUSE);
}

static int resume(struct zone *z)
{
	return pause_begin(z, PAUSING_RESUME);
}

static int paused(struct zone *z)
{
	pause_done(z, PAUSING_PAUSE);
	if (z->stopped.code != 0) {
		err_restore(&z->stopped);
		error_note(&z->l.obj, "paused");
	}
	state_enter(z, ZONE_PAUSED);
	return 0;
}

static int resumed(struct zone *z)
{
	pause_done(z, PAUSING_RESUME);
	error_over(&z->l.obj, "paused");
	state_enter(z, ZONE_RUNNING);
	return 0;
}

static int still_paused(struct zone *z)
{
	pause_done(z, PAUSING_PAUSE);
	verbs_settle(z);
	return 0;
}

static int still_runs(struct zone *z)
{
	pause_done(z, PAUSING_RESUME);
	verbs_settle(z);
	return 0;
}

static int started(struct zone *z)
{
	bool down = z->wish == WISH_DOWN;
	if (!down)
		restart_wish(z, WISH_NONE); /* it is not to be tried again */
	error_clear(&z->l.obj);
	state_enter(z, ZONE_RUNNING);
	return down ? halt(z) : 0;
}

/* Clean up what was made for the boot; then the zone has failed. */
static int not_started(struct zone *z)
{
	z->failed = true;
	zone_clean(z);
	return 0;
}

static int ended(struct zone *z)
{
	if (z->state == ZONE_RUNNING || z->state == ZONE_PAUSED)
		state_enter(z, ZONE_HALTING);
	if (z->started != 0)
		z->ended = now_ns() / 1000;
	/* save how it ended before the monitor ends: the next daemon can't ask it */
	change_save(&z->l.obj);
	zone_clean(z);
	return 0;
}

/* The zone rebooted by itself. */
static int rebooted(struct zone *z)
{
	restart_wish(z, WISH_REBOOT);
	return ended(z);
}

/* The guest can't go on, z->why says why: halt what is left of it. */
static int guest_failed(struct zone *z)
{
	z->failed = true;
	state_enter(z, ZONE_HALTING);
	return kill_it(z);
}

static int lost(struct zone *z)
{
	z->failed = true;
	z->why = (struct err){EIO, "its monitor is gone, and the zone with it"};
	return ended(z);
}

static void boot_now(struct zone *z, int64_t ran_usec)
{
	(void)ran_usec;
	boot(z);
}

/* What follows when nothing is left of the zone on the host, by what is wanted; NULL: nothing. */
static const struct {
	void (*ended)(struct zone *, int64_t ran_usec); /* after so long a run */
	void (*no_start)(struct zone *); /* after a boot that failed */
} next[ZONE_WISHES] = {
    [WISH_NONE] = {restart_if_wanted, NULL},
    [WISH_DOWN] = {NULL, NULL},
    [WISH_AGAIN] = {boot_now, NULL}, /* a zone that boots is not rebooted */
    [WISH_UP] = {restart_again, restart_boot}, /* ended: a guest that failed while it booted */
    [WISH_REBOOT] = {restart_again, restart_boot},
};

static int cleaned(struct zone *z)
{
	bool booting = z->state == ZONE_BOOTING;
	int64_t ran = z->started != 0 ? now_ns() / 1000 - z->started : 0;
	z->pid = 0;
	z->started = 0;
	if (z->failed && z->wish == WISH_AGAIN)
		restart_wish(z, WISH_NONE);
	if (z->failed || (z->why.code != 0 && z->wish != WISH_AGAIN)) {
		err_restore(&z->why);
		error_note(&z->l.obj, booting ? zone_origin_names[z->origin] : "failed");
	}
	state_enter(z, z->failed ? ZONE_FAILED : ZONE_HALTED);
	if (zone_runs(z)) /* the next line of a ctl command that waited for this may have booted
			   * it */
		return 0;
	z->l.obj.error_stays = z->failed;
	if (booting && next[z->wish].no_start != NULL)
		next[z->wish].no_start(z);
	if (!booting && next[z->wish].ended != NULL)
		next[z->wish].ended(z, ran);
	return 0;
}

static int found(struct zone *z)
{
	z->state = ZONE_RUNNING;
	restart_wish(z, WISH_NONE);
	snprintf(z->exit, sizeof(z->exit), "-");
	return 0;
}

typedef int cell(struct zone *);

#define IDLE                                                                                       \
	[EV_BOOT] = boot, [EV_AUTOBOOT] = boot_by_itself, [EV_SHUTDOWN] = runs_not,                \
	[EV_HALT] = stay_halted, [EV_REBOOT] = runs_not, [EV_PAUSE] = runs_not,                    \
	[EV_RESUME] = runs_not, [EV_STARTED] = is_impossible, [EV_PAUSED] = nothing,               \
	[EV_RESUMED] = nothing, [EV_NOSTART] = is_impossible, [EV_ENDED] = nothing,                \
	[EV_REBOOTED] = nothing, [EV_FAILED] = nothing, [EV_LOST] = nothing,                       \
	[EV_CLEANED] = nothing, [EV_FOUND] = found

static cell *const cells[ZONE_STATES][ZONE_EVENTS] = {
    [ZONE_CONFIGURED] = {IDLE},
    [ZONE_BOOTING] =
	{
	    [EV_BOOT] = is_on_its_way,
	    [EV_AUTOBOOT] = nothing,
	    [EV_SHUTDOWN] = halt_early,
	    [EV_HALT] = halt_early,
	    [EV_REBOOT] = nothing,
	    [EV_PAUSE] = not_up,
	    [EV_RESUME] = not_up,
	    [EV_STARTED] = started,
	    [EV_PAUSED] = nothing,
	    [EV_RESUMED] = nothing,
	    [EV_NOSTART] = not_started,
	    [EV_ENDED] = not_started,
	    [EV_REBOOTED] = not_started,
	    [EV_FAILED] = guest_failed,
	    [EV_LOST] = lost,
	    [EV_CLEANED] = cleaned,
	    [EV_FOUND] = found,
	},
    [ZONE_RUNNING] =
	{
	    [EV_BOOT] = runs_already,
	    [EV_AUTOBOOT] = nothing,
	    [EV_SHUTDOWN] = shut_down,
	    [EV_HALT] = halt,
	    [EV_REBOOT] = reboot,
	    [EV_PAUSE] = pause_it,
	    [EV_RESUME] = resume,
	    [EV_STARTED] = is_impossible,
	    [EV_PAUSED] = paused,
	    [EV_RESUMED] = still_runs,
	    [EV_NOSTART] = is_impossible,
	    [EV_ENDED] = ended,
	    [EV_REBOOTED] = rebooted,
	    [EV_FAILED] = guest_failed,
	    [EV_LOST] = lost,
	    [EV_CLEANED] = is_impossible,
	    [EV_FOUND] = nothing,
	},
    [ZONE_PAUSED] =
	{
	    [EV_BOOT] = stands_still,
	    [EV_AUTOBOOT] = nothing,
	    [EV_SHUTDOWN] = shut_down,
	    [EV_HALT] = halt,
	    [EV_REBOOT] = reboot,
	    [EV_PAUSE] = pause_it,
	    [EV_RESUME] = resume,
	    [EV_STARTED] = is_impossible,
	    [EV_PAUSED] = still_paused,
	    [EV_RESUMED] = resumed,
	    [EV_NOSTART] = is_impossible,
	    [EV_ENDED] = ended,
	    [EV_REBOOTED] = rebooted,
	    [EV_FAILED] = guest_failed,
	    [EV_LOST] = lost,
	    [EV_CLEANED] = is_impossible,
	    [EV_FOUND] = nothing,
	},
    [ZONE_HALTING] =
	{
	    [EV_BOOT] = is_on_its_way,
	    [EV_AUTOBOOT] = nothing,
	    [EV_SHUTDOWN] = shut_down_still,
	    [EV_HALT] = stay_down,
	    [EV_REBOOT] = boot_again,
	    [EV_PAUSE] = not_up,
	    [EV_RESUME] = not_up,
	    [EV_STARTED] = is_impossible,
	    [EV_PAUSED] = nothing,
	    [EV_RESUMED] = nothing,
	    [EV_NOSTART] = is_impossible,
	    [EV_ENDED] = ended,
	    [EV_REBOOTED] = ended,
	    [EV_FAILED] = nothing,
	    [EV_LOST] = lost,
	    [EV_CLEANED] = cleaned,
	    [EV_FOUND] = nothing,
	},
    [ZONE_HALTED] = {IDLE},
    [ZONE_FAILED] = {IDLE},
};

int zone_event(struct zone *z, enum zone_event ev)
{
	return cells[z->state][ev](z);
}
