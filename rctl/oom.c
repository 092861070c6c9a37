#include "rctl/oom.h"

#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "rctl/kept.h"

/* The kernel notifies before it kills; so look again until a process was killed. */
enum { AGAIN_USEC = 50000, AGAIN_TIMES = 20 };

/* True: more were killed since it was looked at last. */
static bool oom_look(struct limited *l)
{
	struct group_oom oom;
	if (group_face()->get_oom(l->group, &oom) < 0 || oom.kills <= l->kept->oom_kills)
		return false;
	l->kept->oom_kills = oom.kills;
	if (limits_event != NULL)
		limits_event(l, "oom");
	return true;
}

static void oom_again(void *arg)
{
	struct limited *l = arg;
	loop_close(&l->oom_timer);
	if (!oom_look(l) && --l->oom_looks > 0)
		l->oom_timer = loop_after(AGAIN_USEC, oom_again, l);
}

static void oom_happened(void *arg)
{
	struct limited *l = arg;
	group_face()->told_oom(&l->oom);
	l->oom_looks = AGAIN_TIMES;
	oom_again(l);
}

void oom_begin(struct limited *l)
{
	if (group_face()->watch_oom(l->group, &l->oom) < 0) {
		log_warn("%s: its oom events come late: %s", l->obj.name, err_text());
		err_clear();
	} else {
		l->oom_source = loop_fd(l->oom.fd, LOOP_READ, oom_happened, l);
	}
	oom_look(l);
}

void oom_leave(struct limited *l)
{
	oom_look(l);
	loop_close(&l->oom_source);
	loop_close(&l->oom_timer);
	group_unwatch_oom(&l->oom);
}
