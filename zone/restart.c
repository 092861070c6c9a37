/* Booting again, after pauses that grow: a zone that rebooted; one that ended by itself, if the
 * file restart says so; and one whose boot by autoboot or restart failed, as what it needs may
 * still come. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "fs/change.h"
#include "zone/parts.h"
#include "zone/restart.h"
#include "zone/state.h"

enum { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS };

/* 1 s, 2 s, 4 s and so on up to a minute; from the start again after a run of a minute. A reboot
 * after such a run has no pause. */
#define PAUSE_USEC UINT64_C(1000000)
#define PAUSE_MAX_USEC UINT64_C(60000000)
#define STEADY_USEC INT64_C(60000000)

static bool is_to_boot(const struct zone *z)
{
	return z->wish == WISH_UP || z->wish == WISH_REBOOT;
}

void restart_wish(struct zone *z, enum zone_wish wish)
{
	bool was = is_to_boot(z);
	z->wish = wish;
	if (was == is_to_boot(z))
		return;
	z->unkept = was;
	change_save(&z->l.obj);
}

void restart_saved(struct zone *z)
{
	z->unkept = false;
}

/* The settings may have been changed during the pause. */
static void try_again(void *arg)
{
	struct zone *z = arg;
	restart_cancel(z);
	if (z->wish == WISH_UP && z->restart.n == RESTART_NO && z->autoboot.n == 0) {
		restart_wish(z, WISH_NONE);
		return;
	}
	z->restarts++;
	if (zone_event(z, EV_AUTOBOOT) < 0)
		log_warn("%s: restart: %s", z->l.obj.name, err_text());
}

static void wait_and_boot(struct zone *z)
{
	restart_cancel(z);
	z->restart_at = now_ns() + (int64_t)z->pause_usec * 1000;
	z->restarting = loop_after(z->pause_usec, try_again, z);
}

static void pause_begin(struct zone *z, uint64_t usec)
{
	z->pause_usec = usec < PAUSE_MAX_USEC ? usec : PAUSE_MAX_USEC;
	wait_and_boot(z);
	change_save(&z->l.obj); /* so that a next daemon goes on waiting */
}

static void pause_grow(struct zone *z)
{
	pause_begin(z, z->pause_usec == 0 ? PAUSE_USEC : z->pause_usec * 2);
}

static bool is_wanted(const struct zone *z)
{
	bool fine = !z->failed && strcmp(z->exit, "exited 0") == 0;
	return z->restart.n == RESTART_ALWAYS || (z->restart.n == RESTART_ON_FAILURE && !fine);
}

void restart_if_wanted(struct zone *z, int64_t ran_usec)
{
	if (!is_wanted(z))
		return;
	restart_wish(z, WISH_UP);
	if (ran_usec >= STEADY_USEC)
		z->pause_usec = 0;
	pause_grow(z);
}

void restart_again(struct zone *z, int64_t ran_usec)
{
	if (ran_usec >= STEADY_USEC)
		pause_begin(z, 0);
	else
		pause_grow(z);
}

void restart_boot(struct zone *z)
{
	if (z->pause_usec == 0)
		log_warn("%s/%s: boot: %s: it is tried again, after pauses of up to a minute",
		    z->kind->dir, z->l.obj.name, z->why.text);
	pause_grow(z);
}

void restart_cancel(struct zone *z)
{
	loop_close(&z->restarting);
}

/* Added to a line that older versions read, too. */
void restart_save(const struct zone *z, struct buf *b)
{
	if (is_to_boot(z))
		buf_printf(b, " again %" PRIu64 "%s",
		    (z->pause_usec != 0 ? z->pause_usec : PAUSE_USEC) / PAUSE_USEC,
		    z->wish == WISH_REBOOT ? " reboot" : "");
}

void restart_load(struct zone *z, const char *line)
{
	const char *again = strstr(line, " again ");
	uint64_t seconds;
	if (again == NULL || sscanf(again, " again %" SCNu64, &seconds) != 1)
		return;
	z->pause_usec =
	    seconds * PAUSE_USEC < PAUSE_MAX_USEC ? seconds * PAUSE_USEC : PAUSE_MAX_USEC;
	z->wish = strstr(again, " reboot") != NULL ? WISH_REBOOT : WISH_UP;
}

/* ---- as a part of its zone ---- */

/* An earlier daemon was about to boot it. */
static void found(struct zone *z)
{
	if (!zone_runs(z) && is_to_boot(z))
		wait_and_boot(z);
}

static void status(struct zone *z, struct buf *b)
{
	int64_t left = z->restart_at - now_ns();
	buf_printf(b, "restarts %u\nrestart_in ", z->restarts);
	if (z->restarting == NULL)
		buf_str(b, "-\n");
	else
		buf_printf(b, "%" PRId64 "\n", left > 0 ? (left + 999999999) / 1000000000 : 0);
}

const struct zone_part restart_part = {.status = status, .found = found, .destroy = restart_cancel};
