/* Pausing. A zone is paused by the freezer of its control group. A VM is paused by its monitor,
 * which asks QEMU to stop it: so the guest's clock stops as well, and QEMU still answers. Either
 * takes a moment: its state is looked at again and again until it is reached.
 *
 * v2's freezer is used if v2 is mounted, in a hybrid, too: a process that it freezes can be killed.
 * With v1's a paused zone is thawed for the moment in which it dies. Neither freezer reports
 * reliably when it is done. v1's misses a process in about one pause in a hundred, in a zone that
 * makes others. */
#include <errno.h>

#include "base/log.h"
#include "base/loop.h"
#include "fs/tree.h"
#include "rctl/group.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "zone/pause.h"
#include "zone/state.h"
#include "zone/verbs.h"

enum {
	LOOK_USEC = 10000,
	LOOKS = 1000, /* ten seconds: a process that waits for a disk is not frozen */
	ANEW = 10
};

/* How a kind of zone is paused. */
struct pause_face {
	int (*set)(struct zone *z, bool still); /* -1: refused */
	int (*get)(const struct zone *z); /* an enum group_frozen; -1: not known */
	bool anew; /* freezing may have to be started again (below) */
	bool told; /* the monitor reports when the guest is stopped */
};

static int freezer_set(struct zone *z, bool still)
{
	return group_face()->set_frozen(z->l.group, still);
}

static int freezer_get(const struct zone *z)
{
	return group_face()->get_frozen(z->l.group);
}

static int guest_set(struct zone *z, bool still)
{
	link_ask(z, &(struct mon_request){.op = MON_PAUSE, .value = still}, NULL, NULL);
	return 0;
}

static int guest_get(const struct zone *z)
{
	return z->guest_stopped ? GROUP_FROZEN : GROUP_THAWED;
}

/* v1's freezer sometimes misses a process while others are being made, and finds it only when
 * freezing is started again. */
const struct pause_face pause_by_freezer = {freezer_set, freezer_get, .anew = true};
const struct pause_face pause_by_monitor = {guest_set, guest_get, .told = true};

static int pause_ask(struct zone *z, bool still)
{
	if (z->kind->pause->set(z, still) < 0)
		return -1;
	z->held = still;
	return 0;
}

static void stop_looking(struct zone *z)
{
	loop_close(&z->pause_look);
	z->pausing = PAUSING_NONE;
}

/* Answer the commands that wait for it. If not every process froze, thaw all. */
static void give_up(struct zone *z, int how)
{
	bool freezing = z->pausing == PAUSING_PAUSE;
	if (how >= 0)
		err_set(EIO,
		    "it did not %s within %d s: a process of it waits for its disk, or who "
		    "froze it did so from outside",
		    freezing ? "stand still" : "go on", LOOK_USEC * LOOKS / 1000000);
	err_copy(&z->why);
	stop_looking(z);
	if (freezing && pause_ask(z, false) < 0)
		log_warn("%s: resume: %s", z->l.obj.name, err_text());
	verbs_settle(z);
	z->why = (struct err){0};
}

static void ask_anew(struct zone *z)
{
	if (z->looks % ANEW == 0 && z->kind->pause->anew && z->pausing == PAUSING_PAUSE &&
	    pause_ask(z, false) == 0)
		pause_ask(z, true);
}

static void state_look(void *arg)
{
	struct zone *z = arg;
	int how = z->kind->pause->get(z),
	    wanted = z->pausing == PAUSING_PAUSE ? GROUP_FROZEN : GROUP_THAWED;
	loop_close(&z->pause_look);
	if (how == wanted)
		zone_event(z, how == GROUP_FROZEN ? EV_PAUSED : EV_RESUMED);
	else if (how >= 0 && z->looks-- > 0) {
		ask_anew(z);
		z->pause_look = loop_after(LOOK_USEC, state_look, z);
	} else
		give_up(z, how);
}

int pause_begin(struct zone *z, enum pausing goal)
{
	if (pause_ask(z, goal == PAUSING_PAUSE) < 0)
		return -1;
	stop_looking(z);
	z->pausing = goal;
	z->looks = LOOKS;
	z->pause_look = loop_after(0, state_look, z);
	return 0;
}

void pause_done(struct zone *z, enum pausing goal)
{
	if (z->pausing == goal)
		stop_looking(z);
}

void pause_release(struct zone *z)
{
	stop_looking(z);
	if ((z->held || z->guest_stopped) && pause_ask(z, false) < 0)
		log_warn("%s: resume: %s", z->l.obj.name, err_text());
}

/* Was it paused by an earlier daemon? */
static void found(struct zone *z)
{
	if (z->state != ZONE_RUNNING)
		return;
	int how = z->kind->pause->get(z);
	z->held = how == GROUP_FREEZING || how == GROUP_FROZEN;
	if (how == GROUP_FREEZING && pause_begin(z, PAUSING_PAUSE) < 0)
		log_warn("%s: pause: %s", z->l.obj.name, err_text());
	if (how != GROUP_FROZEN)
		return;
	z->state = ZONE_PAUSED;
	obj_changed(&z->l.obj);
}

void pause_reported(struct zone *z, bool stopped, bool first)
{
	if (!z->kind->pause->told) /* the monitor of a zone does not know */
		return;
	z->guest_stopped = stopped;
	if (stopped && z->pausing == PAUSING_RESUME && z->stopped.code != 0) {
		err_restore(&z->stopped); /* it ran in between, and is stopped again */
		give_up(z, -1);
	} else if (first && stopped) { /* it was paused before this daemon started */
		found(z);
	} else {
		zone_event(z, stopped ? EV_PAUSED : EV_RESUMED);
	}
}

static void pause_forget(struct zone *z)
{
	stop_looking(z);
	z->held = z->guest_stopped = false;
}

static void entered(struct zone *z)
{
	if (!zone_runs(z))
		pause_forget(z);
}

const struct zone_part pause_part = {.entered = entered, .found = found, .destroy = pause_forget};
