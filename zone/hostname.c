#include "zone/hostname.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/word.h"
#include "zone/force.h"
#include "zone/link.h"
#include "zone/parts.h"

static const char *hostname_of(const struct zone *z)
{
	return z->hostname.s != NULL ? z->hostname.s : z->l.obj.name;
}

int hostname_show(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	buf_printf(b, "%s\n", hostname_of(zone_of(o)));
	return 0;
}

int hostname_check(struct obj *o, const struct row *r)
{
	const char *s = zone_of(o)->hostname.s;
	if (s != NULL && !word_is_name(s))
		return err_set(EINVAL, "this is no host name: %s", r->wanted);
	return 0;
}

int hostname_apply(struct obj *o, const struct row *r)
{
	(void)r;
	zone_of(o)->hostname_due = true;
	return 0;
}

static void on_named(void *arg, const struct err *e)
{
	struct zone *z = arg;
	bool failed = e->code != 0 && e->code != ESRCH; /* it may have ended meanwhile */
	if (failed)
		log_warn("%s: hostname: %s", z->l.obj.name, e->text);
	zone_forced(z, &hostname_part, failed ? e : NULL);
}

static void name_ask(struct zone *z)
{
	struct mon_request q = {.op = MON_HOSTNAME};
	z->hostname_due = false;
	q.len = (uint32_t)strlen(hostname_of(z));
	memcpy(q.bytes, hostname_of(z), q.len);
	link_ask(z, &q, on_named, z);
}

static int force(struct zone *z)
{
	if (!z->hostname_due || z->state == ZONE_BOOTING)
		return 0;
	if (!zone_is_up(z) || z->link == NULL) {
		z->hostname_due = false;
		return 0;
	}
	name_ask(z);
	return 1;
}

/* Tell the zone its name if that was changed while it booted. */
static void entered(struct zone *z)
{
	if (z->hostname_due && zone_is_up(z))
		name_ask(z);
}

/* -1: a settings file changed by hand */
static int fill(struct zone *z, struct zone_request *r)
{
	char *to = r->q.zone.hostname;
	memccpy(to, hostname_of(z), '\0', sizeof(r->q.zone.hostname) - 1);
	return word_is_name(to) ? 0 : err_set(EIO, "its settings have a bad hostname");
}

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	z->hostname_due = false;
	return 0;
}

const struct zone_part hostname_part = {
    .fill = fill, .begin = begin, .entered = entered, .force = force};
