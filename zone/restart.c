/* The file restart: a zone that ended by itself is booted again, after pauses that grow. */
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "zone/zone.h"

enum { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS };

/* 1 s, 2 s, 4 s and so on up to a minute; from the start again after a run of a minute. */
#define PAUSE_USEC UINT64_C(1000000)
#define PAUSE_MAX_USEC UINT64_C(60000000)
#define STEADY_USEC INT64_C(60000000)

static void boot_again(void *arg)
{
	struct zone *z = arg;
	restart_cancel(z);
	z->restarts++;
	if (zone_event(z, EV_BOOT) < 0)
		log_warn("%s: restart: %s", z->l.obj.name, err_text());
}

static bool wanted(const struct zone *z)
{
	bool fine = !z->broken && strcmp(z->exit, "exited 0") == 0;
	return !z->asked &&
	       (z->restart.n == RESTART_ALWAYS || (z->restart.n == RESTART_ON_FAILURE && !fine));
}

void restart_after_end(struct zone *z, int64_t ran_usec)
{
	if (!wanted(z))
		return;
	uint64_t pause =
		ran_usec >= STEADY_USEC || z->pause_usec == 0 ? PAUSE_USEC : z->pause_usec * 2;
	z->pause_usec = pause < PAUSE_MAX_USEC ? pause : PAUSE_MAX_USEC;
	restart_cancel(z);
	z->restarting = loop_after(z->pause_usec, boot_again, z);
}

void restart_cancel(struct zone *z)
{
	loop_close(&z->restarting);
}
