/* Filling an image. The helper starts the importer (mount-helper/image/import.c), which reports
 * over a socket of its own until its end; so nothing here waits, and an importer that dies is
 * noticed. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/entry.h"
#include "images/image.h"
#include "host/event.h"
#include "host/ask.h"
#include "images/import.h"
#include "images/remove.h"

/* Imports of one user at once. Each has two or three processes, and its decompressor may use 3
 * GiB. */
enum { IMPORTS_AT_ONCE = 8 };

void image_event(struct image *m, const char *event, const char *fmt, ...)
{
	char more[128];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(more, sizeof(more), fmt, ap);
	va_end(ap);
	event_emit(&m->obj, m->obj.slot->name, event, more);
}

static void state_enter(struct image *m, enum image_state s)
{
	m->state = s;
	m->obj.changed = now_ns();
}

/* ---- what is left of an import ---- */

static int import_start(struct image *m);
static void import_fail(struct image *m);

static void on_swept(void *arg, const struct helper_reply *reply, int fd)
{
	struct image *m = container_of(arg, struct image, sweeping);
	fd_close(&fd);
	m->sweeping = false;
	if (reply->err.code != 0)
		log_error("%s: delete what an import left: %s", m->obj.name, reply->err.text);
	if (m->command != NULL && m->report < 0 && import_start(m) < 0)
		import_fail(m);
}

static void left_remove(struct image *m)
{
	struct helper_image_remove q = {.id = m->obj.id};
	m->sweeping = true;
	helper_ask(HELPER_IMAGE_REMOVE, &q, sizeof(q), NULL, 0, on_swept, &m->sweeping);
}

void image_find_left(struct image *m)
{
	if (!m->filled)
		left_remove(m);
}

/* ---- its end ---- */

static void leave(struct image *m)
{
	loop_close(&m->source);
	fd_close(&m->report);
	helper_forget(m);
}

static void command_answer(struct image *m, bool ok)
{
	struct command *c = m->command;
	m->command = NULL;
	if (c != NULL) /* a removal may have answered it */
		command_done(c, ok);
}

/* The reason is the error. */
static void import_fail(struct image *m)
{
	struct err why;
	err_copy(&why);
	leave(m);
	m->filled = false;
	state_enter(m, IMAGE_FAILED);
	image_event(m, "failed", "%s", "");
	err_set(why.code, "import: %s", why.text);
	command_answer(m, false);
}

static int act_fill(struct change *c)
{
	image_of(c->obj)->filled = true;
	return 0;
}

static void answer_filled(struct change *c)
{
	struct image *m = image_of(c->obj);
	state_enter(m, IMAGE_READY);
	image_event(m, "imported", "type=%s size=%llu", m->is.type == IMAGE_DISK ? "disk" : "root",
	    (unsigned long long)m->is.size);
	command_answer(m, true);
}

static void not_filled(struct change *c)
{
	import_fail(image_of(c->obj));
	left_remove(image_of(c->obj));
}

static void import_done(struct image *m)
{
	leave(m);
	change_start(&(struct change){.obj = &m->obj,
	    .what = "import",
	    .act = act_fill,
	    .answer = answer_filled,
	    .failed = not_filled});
}

/* ---- on its way ---- */

/* The importer has read what strangers wrote, and may be taken over: check all that it reports. */
static bool makes_sense(const struct import_report *r)
{
	return r->kind < IMPORT_KINDS && r->type < IMAGE_TYPES && r->format < DISK_FORMATS &&
	       r->percent <= 100 && r->machine.os < IMPORT_OSES &&
	       (r->kind != IMPORT_DONE || r->type != IMAGE_NONE);
}

static void import_refuse(struct image *m, const struct err *e)
{
	struct err why = *e;
	why.text[ERR_TEXT - 1] = '\0';
	err_set(why.code > 0 && why.code < 4096 ? why.code : EIO, "%s",
	    word_quote(e->text, why.text, sizeof(why.text)));
	import_fail(m);
}

static void tell_progress(struct image *m)
{
	obj_changed(&m->obj);
	if (m->is.percent / 10 <= m->step)
		return;
	m->step = m->is.percent / 10;
	image_event(
	    m, "importing", "percent=%u bytes=%llu", m->step * 10, (unsigned long long)m->is.bytes);
}

/* False: it was the last. */
static bool report_note(struct image *m, const struct import_report *r)
{
	struct err nonsense = {EIO, "the importer reports nonsense"};
	if (!makes_sense(r)) {
		import_refuse(m, &nonsense);
		left_remove(m);
		return false;
	}
	if (r->kind == IMPORT_FAILED) {
		import_refuse(m, &r->err);
		return false;
	}
	m->is = *r;
	if (r->kind == IMPORT_DONE)
		import_done(m);
	else
		tell_progress(m);
	return r->kind != IMPORT_DONE;
}

static void on_report(void *arg)
{
	struct image *m = arg;
	struct import_report r;
	ssize_t n;
	while ((n = wire_recv(m->report, &r, sizeof(r), NULL, 0, NULL)) == (ssize_t)sizeof(r))
		if (!report_note(m, &r))
			return;
	if (n < 0 && err_code() == EAGAIN)
		return;
	err_set(EIO, "it was cut off");
	import_fail(m);
	left_remove(m);
}

/* The import has begun; or it is refused, and then the importer's end of the socket closes as
 * well. */
static void on_started(void *arg, const struct helper_reply *reply, int fd)
{
	struct image *m = arg;
	fd_close(&fd);
	if (m->command != NULL)
		req_watch(m->command->req, false);
	if (reply->err.code == 0)
		return;
	err_restore(&reply->err);
	import_fail(m);
}

static void import_request(struct image *m, int theirs)
{
	struct helper_image_import *q = xcalloc(1, sizeof(*q));
	q->id = m->obj.id;
	q->thread = m->command->req != NULL ? m->command->req->pid : 0;
	req_watch(m->command->req, true);
	q->from.use = USE_IMPORT;
	q->from.author = m->author;
	memccpy(q->from.path, m->command->argv[0], '\0', sizeof(q->from.path) - 1);
	helper_ask(HELPER_IMAGE_IMPORT, q, sizeof(*q), &theirs, 1, on_started, m);
	free(q);
}

static int import_start(struct image *m)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("socketpair");
	cleanup_fd int theirs = ends[1];
	m->report = ends[0];
	if (fd_nonblock(m->report) < 0) {
		fd_close(&m->report);
		return err_sys("socketpair");
	}
	m->source = loop_fd(m->report, LOOP_READ, on_report, m);
	import_request(m, theirs);
	return 0;
}

/* Is its success being saved? Then a change now is saved after that. */
static bool is_succeeding(const struct image *m)
{
	return m->report < 0 && !m->sweeping;
}

void image_import_end(struct image *m)
{
	if (m->command == NULL || is_succeeding(m))
		return;
	err_set(EIO, "it is being removed");
	import_fail(m);
}

/* ---- the commands ---- */

static int path_check(const char *path)
{
	char q[80];
	if (path[0] == '/' && strlen(path) < PATH_MAX)
		return 0;
	return err_set(EINVAL, "\"%s\" is no path that begins with /: give import PATH",
	    word_quote(path, q, sizeof(q)));
}

/* Check the number of imports of this user: each user has his own, so that nobody keeps others from
 * theirs. */
static int room_check(const struct image *m, uid_t uid)
{
	int n = 0;
	list_each(o, &dir_of(m->obj.parent, m->obj.slot)->objs, struct obj, sibling) {
		const struct image *other = image_of(o);
		n += other->command != NULL && other->author.uid == uid;
	}
	if (n < IMPORTS_AT_ONCE)
		return 0;
	return err_set(ENOSPC,
	    "%d imports of yours are under way, as many as may be: wait for the end of one", n);
}

static int cmd_import(struct obj *o, struct command *c)
{
	struct image *m = image_of(o);
	if (m->removal != NULL)
		return err_set(ENOENT, "it is being removed");
	if (m->state == IMAGE_READY && c->again) /* an earlier daemon has done it */
		return 0;
	if (m->state == IMAGE_READY)
		return err_set(EEXIST, "it is filled already: make another image");
	if (m->command != NULL)
		return err_set(EEXIST, "an import is under way: make another image");
	if (path_check(c->argv[0]) < 0 || room_check(m, c->uid) < 0)
		return -1;
	if (author_read(&m->author, c->uid, c->gid, c->req != NULL ? c->req->pid : 0) < 0)
		return -1;
	m->command = c;
	m->is = (struct import_report){0};
	m->step = 0;
	if (!m->sweeping && import_start(m) < 0) {
		m->command = NULL;
		return -1;
	}
	state_enter(m, IMAGE_IMPORTING);
	image_event(m, "importing", "percent=0");
	return COMMAND_WAITS;
}

#define S(state) (1U << IMAGE_##state)

const struct command_row image_commands[] = {
    {"destroy", 0, 0, entry_destroy, "destroy", 0, "delete rm"},
    {"import", 1, 1, cmd_import, "import PATH", S(EMPTY) | S(FAILED), "load pull"},
    {"remove", 0, 0, entry_destroy, "remove", 0, NULL},
    {0},
};
