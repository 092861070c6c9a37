/* The tray is opened, then the drive's setting becomes none as if that was written, by which the
 * medium is taken out (tray.c). To a guest that holds its tray locked QEMU reports the button, as
 * any drive does: a desktop then lets go of what it does not need. */
#include "vm/eject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/settings.h"
#include "vm/ask.h"
#include "vm/hardware.h"

/* So long a guest may take to unlock its tray: less than all that halt waits for. Then the button
 * is pressed once more. */
enum { WAIT_MSEC = 5000, PRESSES = 2 };

struct ejecting {
	struct vm *vm; /* borrowed: its questions end before it goes */
	const struct row *row; /* of the drive */
	unsigned presses; /* of its button */
	bool open;
};

/* The drive that the command is about; NULL: it is none. */
static const struct row *row_of(const struct command *c)
{
	const struct row *r = cdrom_rows;
	while (c->argc > 0 && r->name != NULL && strcmp(r->name, c->argv[0]) != 0)
		r++;
	return r->name != NULL ? r : NULL;
}

/* Answer one that waits for this drive. */
static void command_end(struct obj *o, const struct row *r, bool ok)
{
	struct command *ended = NULL;
	list_each(c, &o->runs, struct command, link)
		if ((c->waits || c->inside) && c->verb->run == eject_command && row_of(c) == r)
			ended = c;
	if (!ok)
		err_wrap("eject: %s", r->name);
	if (ended != NULL)
		command_done(ended, ok);
}

/* ---- the setting ---- */

static int act_none(struct change *c)
{
	return settings_set(c->obj, c->row, c->text);
}

static void is_none(struct change *c)
{
	command_end(c->obj, c->row, true);
}

static void stays(struct change *c)
{
	if (c->obj != NULL)
		command_end(c->obj, c->row, false);
}

static void none_set(struct obj *o, const struct row *r, const struct command *c)
{
	change_start(&(struct change){.obj = o,
	    .row = r,
	    .what = r->name,
	    .text = xstrdup("none"),
	    .uid = c->uid,
	    .gid = c->gid,
	    .act = act_none,
	    .answer = is_none,
	    .failed = stays});
}

/* ---- the tray ---- */

static void end(struct ejecting *q, int result)
{
	struct obj *o = &q->vm->z.l.obj;
	const struct row *r = q->row;
	free(q);
	if (result <= 0) {
		command_end(o, r, false);
		return;
	}
	list_each(c, &o->runs, struct command, link) {
		if (c->waits && c->verb->run == eject_command && row_of(c) == r) {
			none_set(o, r, c);
			return;
		}
	}
}

/* It is as wanted once the button would open it. */
static int look_at_tray(void *arg, const json_t *returned)
{
	struct ejecting *q = arg;
	size_t i;
	json_t *drive;
	char name[32];
	snprintf(name, sizeof(name), "%s-drive", q->row->name);
	json_array_foreach(returned, i, drive) {
		if (strcmp(json_word(drive, "device"), name) != 0)
			continue;
		q->open = json_is_true(json_object_get(drive, "tray_open"));
		return q->open || !json_is_true(json_object_get(drive, "locked"));
	}
	return 0;
}

static int press(struct ejecting *q);

static void looked(void *arg, int result)
{
	struct ejecting *q = arg;
	if (result > 0 && !q->open && q->presses < PRESSES) {
		if (press(q) < 0)
			end(q, -1);
		return;
	}
	if (result == 0 || (result > 0 && !q->open))
		result = err_set(EBUSY,
		    "the guest holds its tray locked: unmount it there, or write none to %s, which "
		    "takes it out all the same",
		    q->row->name);
	end(q, result);
}

/* QEMU has no error for a tray that is locked. */
static void pressed(void *arg, int result)
{
	struct ejecting *q = arg;
	if (result < 0 ||
	    ask(q->vm, "{\"execute\":\"query-block\"}", WAIT_MSEC, look_at_tray, looked, q) < 0)
		end(q, -1);
}

static int press(struct ejecting *q)
{
	char command[128];
	snprintf(command, sizeof(command),
	    "{\"execute\":\"blockdev-open-tray\",\"arguments\":{\"id\":\"%s\"}}", q->row->name);
	q->presses++;
	return ask(q->vm, command, 0, NULL, pressed, q);
}

static int tray_open(struct vm *vm, const struct row *r)
{
	struct ejecting *q = xcalloc(1, sizeof(*q));
	*q = (struct ejecting){.vm = vm, .row = r};
	if (press(q) == 0)
		return COMMAND_WAITS;
	free(q);
	return -1;
}

int eject_command(struct obj *o, struct command *c)
{
	struct zone *z = zone_of(o);
	struct vm *vm = vm_of(z);
	const struct row *r = row_of(c);
	char q[64];
	if (r == NULL)
		return err_set(EINVAL, "eject: \"%s\" is no CD-ROM drive: give cdrom or cdrom1",
		    word_quote(c->argv[0], q, sizeof(q)));
	if (row_value(o, r)->s == NULL)
		return 0;
	const struct tray *t = &vm->trays[r - cdrom_rows];
	if (zone_is_up(z) && t->drive && t->has != NULL)
		return tray_open(vm, r);
	none_set(o, r, c);
	return COMMAND_WAITS;
}
