/* Pausing. A zone's processes stand still by the freezer of its control group. A VM stands still
 * because its monitor asks QEMU to stop it: so the guest's clock stops as well, and QEMU can still
 * be asked. Either takes a moment: looked at again until it is done. */
#include <errno.h>

#include "base/log.h"
#include "base/loop.h"
#include "fs/tree.h"
#include "rctl/group.h"
#include "zone/link.h"
#include "zone/zone.h"

enum {
	LOOK_USEC = 10000,
	LOOKS = 1000, /* ten seconds: a process that waits for a disk is not frozen */
	ANEW = 10
};

static bool has_guest(const struct zone *z)
{
	return z->kind->op == HELPER_VM_START;
}

static int ask(struct zone *z, bool still)
{
	if (!has_guest(z) && group_face()->set_frozen(z->l.group, still) < 0)
		return -1;
	if (has_guest(z))
		link_ask(z, &(struct mon_request){.op = MON_PAUSE, .value = still}, NULL, NULL);
	z->held = still;
	return 0;
}

/* An enum group_frozen; -1: not known */
static int how_still(const struct zone *z)
{
	if (has_guest(z))
		return z->guest_stopped ? GROUP_FROZEN : GROUP_THAWED;
	return group_face()->get_frozen(z->l.group);
}

static void stop_looking(struct zone *z)
{
	loop_close(&z->turning);
	z->turn = TURN_NONE;
}

/* Answer the commands that wait for it. If not every process froze, thaw all. */
static void give_up(struct zone *z, int how)
{
	bool pausing = z->turn == TURN_PAUSE;
	if (how >= 0)
		err_set(EIO,
		    "it did not %s within %d s: a process of it waits for its disk, or who "
		    "froze it did so from outside",
		    pausing ? "stand still" : "go on", LOOK_USEC * LOOKS / 1000000);
	err_copy(&z->why);
	stop_looking(z);
	if (pausing && ask(z, false) < 0)
		log_warn("%s: resume: %s", z->l.obj.name, err_text());
	verbs_settle(z);
	z->why = (struct err){0};
}

/* v1's freezer now and then leaves out a process where others are made meanwhile, and takes it only
 * if it begins anew. */
static void ask_anew(struct zone *z)
{
	if (z->looks % ANEW == 0 && !has_guest(z) && z->turn == TURN_PAUSE && ask(z, false) == 0)
		ask(z, true);
}

static void look(void *arg)
{
	struct zone *z = arg;
	int how = how_still(z), wanted = z->turn == TURN_PAUSE ? GROUP_FROZEN : GROUP_THAWED;
	loop_close(&z->turning);
	if (how == wanted)
		zone_event(z, how == GROUP_FROZEN ? EV_PAUSED : EV_RESUMED);
	else if (how >= 0 && z->looks-- > 0) {
		ask_anew(z);
		z->turning = loop_after(LOOK_USEC, look, z);
	} else
		give_up(z, how);
}

int pause_turn(struct zone *z, enum turn turn)
{
	if (ask(z, turn == TURN_PAUSE) < 0)
		return -1;
	stop_looking(z);
	z->turn = turn;
	z->looks = LOOKS;
	z->turning = loop_after(0, look, z);
	return 0;
}

void pause_done(struct zone *z, enum turn turn)
{
	if (z->turn == turn)
		stop_looking(z);
}

void pause_release(struct zone *z)
{
	stop_looking(z);
	if ((z->held || z->guest_stopped) && ask(z, false) < 0)
		log_warn("%s: resume: %s", z->l.obj.name, err_text());
}

void pause_forget(struct zone *z)
{
	stop_looking(z);
	z->held = z->guest_stopped = false;
}

void pause_told(struct zone *z, bool stopped, bool first)
{
	if (!has_guest(z)) /* a zone's monitor knows nothing of it */
		return;
	z->guest_stopped = stopped;
	if (first && stopped) /* it was so before this daemon was */
		pause_find(z);
	else
		zone_event(z, stopped ? EV_PAUSED : EV_RESUMED);
}

void pause_find(struct zone *z)
{
	if (z->state != ZONE_RUNNING)
		return;
	int how = how_still(z);
	z->held = how == GROUP_FREEZING || how == GROUP_FROZEN;
	if (how == GROUP_FREEZING && pause_turn(z, TURN_PAUSE) < 0)
		log_warn("%s: pause: %s", z->l.obj.name, err_text());
	if (how != GROUP_FROZEN)
		return;
	z->state = ZONE_PAUSED;
	obj_changed(&z->l.obj);
}
