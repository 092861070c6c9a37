#include "rctl/recent.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/loop.h"
#include "rctl/parts.h"

enum { SAMPLE_USEC = 500000, MOMENT_USEC = 450000, WINDOW_USEC = 1000000, ASKED_USEC = 10000000 };

static struct source *timer;
static int64_t asked; /* last */

static int64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void sample_note(struct limited *l, int64_t now, uint64_t usec)
{
	struct recent_sample *s = l->recent.samples;
	memmove(s + 1, s, (RECENT_SAMPLES - 1) * sizeof(*s));
	s[0] = (struct recent_sample){now, usec};
}

static void samples_take(void *arg)
{
	struct group_cpu c;
	(void)arg;
	list_each(l, &limits_live, struct limited, live) {
		int64_t now = now_usec(); /* many of them take a while */
		if (group_face()->get_cpu(l->group, &c) == 0)
			sample_note(l, now, c.usage_usec);
		else
			err_clear(); /* its group goes */
	}
	if (now_usec() - asked > ASKED_USEC || list_empty(&limits_live))
		loop_close(&timer);
}

/* The sample nearest to a second ago, but not of this moment: if the timer is late they are
 * uneven. */
static const struct recent_sample *sample_since(const struct recent *r, int64_t now)
{
	const struct recent_sample *best = &r->samples[0];
	for (int i = 1; i < RECENT_SAMPLES && r->samples[i].at != 0; i++) {
		int64_t age = now - best->at, next = now - r->samples[i].at;
		if (age < MOMENT_USEC || llabs(next - WINDOW_USEC) < llabs(age - WINDOW_USEC))
			best = &r->samples[i];
	}
	return best;
}

unsigned recent_percent(struct limited *l)
{
	struct group_cpu c;
	int64_t now = now_usec();
	if (!limits_is_live(l) || group_face()->get_cpu(l->group, &c) < 0)
		return 0;
	asked = now;
	if (timer == NULL)
		timer = loop_every(SAMPLE_USEC, samples_take, NULL);
	struct recent_sample from = *sample_since(&l->recent, now);
	if (now - l->recent.samples[0].at > SAMPLE_USEC) /* the timer is late, or began just now */
		sample_note(l, now, c.usage_usec);
	if (now <= from.at || c.usage_usec < from.usec)
		return 0;
	return (unsigned)((c.usage_usec - from.usec) * 100 / (uint64_t)(now - from.at));
}

static int begin(struct limited *l)
{
	l->recent = (struct recent){{{.at = now_usec()}}};
	return 0;
}

static int found(struct limited *l)
{
	struct group_cpu c;
	if (group_face()->get_cpu(l->group, &c) < 0)
		return -1;
	l->recent = (struct recent){{{now_usec(), c.usage_usec}}};
	return 0;
}

const struct limits_part recent_part = {.begin = begin, .found = found};
