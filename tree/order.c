/* The zones and VMs of one place are booted or ended together. The next place follows when none of
 * them is in transition any more, or has been for too long: one that hangs does not keep the others
 * back. */
#include "tree/order.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/word.h"
#include "fs/change.h"
#include "tree/root.h"
#include "zone/state.h"

enum {
	LAST = AUTOBOOT_PLACES, /* the place of those without a number */
	BOOT_SECONDS = 60, /* that a place is waited for as it boots, */
	END_SECONDS = 10, /* and as it ends, beyond the seconds that it was given */
	SECONDS_UNSET = 60,
	SECONDS_MAX = 86400
};

enum walk { WALK_NONE, WALK_BOOT, WALK_AUTOBOOT, WALK_DOWN };

/* The walk from place to place that is under way; the latest counts. */
static struct {
	enum walk what;
	int place; /* that was told last */
	bool waits; /* for that */
	bool telling;
	struct source *timer; /* owned: when to stop waiting for the place, or NULL */
	int64_t until; /* WALK_DOWN: when all shall have ended, as now_ns() */
	unsigned failed; /* WALK_BOOT: so many could not boot */
	bool kept; /* WALK_AUTOBOOT: on disk, for a daemon after this one */
	bool unkept; /* no more, but on disk it may be: commands wait for the save */
} walk;

static int resume = -2; /* the last place that an earlier daemon booted; -2: all */

static int place_of(const struct zone *z)
{
	return z->autoboot.n >= AUTOBOOT_PLACE ? (int)(z->autoboot.n - AUTOBOOT_PLACE) : LAST;
}

/* ---- the places that are left ---- */

static bool is_left(const struct zone *z)
{
	if (walk.what == WALK_DOWN)
		return place_of(z) < walk.place && zone_runs(z);
	return place_of(z) > walk.place && z->autoboot.n != AUTOBOOT_OFF && !zone_runs(z);
}

struct places {
	bool left[LAST + 1];
	unsigned n;
};

static void place_note(struct zone *z, void *arg)
{
	struct places *p = arg;
	if (!is_left(z) || p->left[place_of(z)])
		return;
	p->left[place_of(z)] = true;
	p->n++;
}

/* The next place; -1: there is none. n: how many are left, with it */
static int place_next(unsigned *n)
{
	struct places p = {.n = 0};
	root_each(place_note, &p);
	*n = p.n;
	for (int i = 0; i <= LAST; i++) {
		int place = walk.what == WALK_DOWN ? LAST - i : i;
		if (p.left[place])
			return place;
	}
	return -1;
}

/* ---- telling one place ---- */

/* A zone that can't boot says so in its own file error. */
static void boot_one(struct zone *z, void *arg)
{
	enum zone_event ev = walk.what == WALK_BOOT ? EV_BOOT : EV_AUTOBOOT;
	(void)arg;
	if (place_of(z) != walk.place || z->autoboot.n == AUTOBOOT_OFF || zone_runs(z))
		return;
	if (zone_event(z, ev) < 0 && walk.what == WALK_AUTOBOOT)
		log_warn("%s/%s: autoboot: %s", z->kind->dir, z->l.obj.name, err_text());
}

static void shutdown_one(struct zone *z, void *seconds)
{
	if (place_of(z) != walk.place || !zone_runs(z))
		return;
	z->seconds = *(uint32_t *)seconds;
	zone_event(z, EV_SHUTDOWN);
}

static void walk_on(void);

static void waited_enough(void *arg)
{
	(void)arg;
	loop_close(&walk.timer);
	walk.waits = false;
	walk_on();
}

static void wait_begin(uint64_t seconds)
{
	loop_close(&walk.timer);
	walk.timer = loop_after(seconds * 1000000, waited_enough, NULL);
	walk.waits = true;
}

/* Divide the time that is left among the places that are left. */
static uint32_t seconds_for(unsigned places)
{
	int64_t left = (walk.until - now_ns() + 999999999) / 1000000000;
	return left > 0 ? (uint32_t)((left + places - 1) / places) : 0;
}

/* Keep the place on disk. Zones of earlier places are tried again by themselves (zone/restart.c),
 * those of later places are not. */
static void walk_keep(bool keep)
{
	bool was = walk.kept;
	walk.kept = keep;
	walk.unkept = !keep && (was || walk.unkept);
	if (keep || was)
		change_save(tree_root());
}

static void place_tell(int place, unsigned left)
{
	walk.place = place;
	walk_keep(walk.what == WALK_AUTOBOOT && left > 1);
	if (walk.what == WALK_DOWN) {
		uint32_t seconds = seconds_for(left);
		wait_begin(seconds + END_SECONDS);
		root_each(shutdown_one, &seconds);
	} else {
		wait_begin(BOOT_SECONDS);
		root_each(boot_one, NULL);
	}
}

/* ---- from place to place ---- */

static bool is_on_its_way(const struct zone *z)
{
	return z->state == ZONE_BOOTING || z->state == ZONE_HALTING;
}

static void place_count(struct zone *z, void *n)
{
	*(unsigned *)n += place_of(z) == walk.place && is_on_its_way(z) ? 1 : 0;
}

static bool place_settled(void)
{
	unsigned n = 0;
	root_each(place_count, &n);
	return n == 0;
}

static void count_failed(struct zone *z, void *arg)
{
	(void)arg;
	if (place_of(z) == walk.place && z->autoboot.n != AUTOBOOT_OFF && z->state == ZONE_FAILED)
		walk.failed++;
}

static void walk_end(void)
{
	loop_close(&walk.timer);
	walk.what = WALK_NONE;
	walk_keep(false);
}

/* This changes states, which call this function again. */
static void walk_on(void)
{
	if (walk.telling)
		return;
	walk.telling = true;
	while (walk.what != WALK_NONE && (!walk.waits || place_settled())) {
		unsigned left;
		root_each(count_failed, NULL);
		int place = place_next(&left);
		if (place >= 0)
			place_tell(place, left);
		else
			walk_end();
	}
	walk.telling = false;
}

/* Behind that place. */
static void walk_begin(enum walk what, int place)
{
	loop_close(&walk.timer);
	walk.what = what;
	walk.place = place;
	walk.waits = false;
	walk.failed = 0;
	walk_on();
}

/* ---- commands ---- */

static void count_unsettled(struct zone *z, void *n)
{
	*(unsigned *)n += is_on_its_way(z) || z->unkept ? 1 : 0;
}

/* They wait until no zone is on its way any more, and the next daemon would see that, too. */
static bool all_settled(void)
{
	unsigned n = 0;
	root_each(count_unsettled, &n);
	return n == 0 && walk.what == WALK_NONE && !walk.unkept;
}

/* wants: the walk that the command began */
static int result_of(const struct command *c)
{
	if (c->wants != WALK_BOOT || walk.failed == 0)
		return 0;
	return err_set(EIO, "%u could not be booted: see their error files", walk.failed);
}

static bool settle_one(struct obj *root)
{
	list_each(c, &root->runs, struct command, link) {
		if (!c->waits)
			continue;
		command_done(c, result_of(c) == 0);
		return true;
	}
	return false;
}

void order_entered(struct obj *root)
{
	walk_on();
	while (all_settled() && settle_one(root))
		;
}

void order_saved(struct obj *root)
{
	walk.unkept = false;
	order_entered(root);
}

static int boot_begun(struct command *c, enum walk what)
{
	c->wants = (int)what;
	return all_settled() ? result_of(c) : COMMAND_WAITS;
}

static void halt_one(struct zone *z, void *arg)
{
	(void)arg;
	zone_event(z, EV_HALT); /* one that is to boot again is halted, too */
}

int order_halt_all(struct obj *o, struct command *c)
{
	(void)o;
	walk_end();
	root_each(halt_one, NULL);
	return boot_begun(c, WALK_NONE);
}

static void stay_down(struct zone *z, void *arg)
{
	if (!zone_runs(z))
		halt_one(z, arg);
}

int order_shutdown_all(struct obj *o, struct command *c)
{
	uint64_t n = SECONDS_UNSET;
	(void)o;
	if (c->argc > 0 && word_u64(c->argv[0], "give seconds (0..86400)", &n) < 0)
		return -1;
	if (n > SECONDS_MAX)
		return err_set(
		    ERANGE, "\"%s\" is outside the limits: give seconds (0..86400)", c->argv[0]);
	walk.until = now_ns() + (int64_t)n * 1000000000;
	root_each(stay_down, NULL);
	walk_begin(WALK_DOWN, LAST + 1);
	return boot_begun(c, WALK_DOWN);
}

int order_boot_all(struct obj *o, struct command *c)
{
	(void)o;
	walk_begin(WALK_BOOT, -1);
	return boot_begun(c, WALK_BOOT);
}

void order_autoboot(bool again)
{
	walk.kept = resume > -2;
	if (!again)
		walk_begin(WALK_AUTOBOOT, -1);
	else if (resume > -2)
		walk_begin(WALK_AUTOBOOT, resume);
}

void order_stop(void)
{
	loop_close(&walk.timer);
}

/* ---- on disk ---- */

void order_save(struct buf *b)
{
	if (walk.kept)
		buf_printf(b, "autoboots %d\n", walk.place);
}

int order_load(const char *value)
{
	if (sscanf(value, "%d", &resume) != 1 || resume < -1 || resume > LAST)
		return err_set(EBADMSG, "bad place");
	return 0;
}
