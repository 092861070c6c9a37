#include "fs/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/writer.h"
#include "fs/error.h"
#include "fs/settings.h"

static void change_begin(struct change *c);

static struct change *acting; /* whose act function, or what forces its values, runs now */
static struct change *saved; /* whose settings are asked for now */

static void change_free(struct change *c)
{
	free(c->text);
	free(c->before);
	free(c);
}

void change_touch(struct obj *o, const struct row *r)
{
	struct node n = {o, r, 0};
	node_touch(&n);
	if (acting != NULL && acting->obj == o)
		acting->touched[r->no / 8] |= (uint8_t)(1 << r->no % 8);
}

/* While the writer waits for the answer no other thread can have its number. */
int change_author(struct author *a)
{
	return author_read(a, acting->uid, acting->gid, acting->req != NULL ? acting->req->pid : 0);
}

pid_t change_look(struct obj *o)
{
	if (acting == NULL || acting->obj != o)
		return -1;
	req_watch(acting->req, true);
	return acting->req != NULL ? acting->req->pid : 0;
}

void change_seen(struct obj *o)
{
	struct change *c = acting != NULL && acting->obj == o ? acting : o->saving;
	if (c != NULL)
		req_watch(c->req, false);
}

static bool is_touched(const struct change *c, const struct row *r)
{
	return (c->touched[r->no / 8] >> r->no % 8 & 1) != 0;
}

bool change_again(void)
{
	return acting != NULL && acting->req != NULL && acting->req->again;
}

uint64_t change_number(void)
{
	return acting != NULL && acting->req != NULL ? acting->req->unique : 0;
}

static int force(struct obj *o)
{
	return o->type->force != NULL ? o->type->force(o) : 0;
}

static void before_load(struct change *c)
{
	int64_t changed = c->obj->changed; /* its state is no setting */
	if (settings_load(c->obj, c->before) < 0)
		log_error("%s: going back: %s", c->obj->name, err_text());
	c->obj->changed = changed;
}

void change_take_back(struct change *c)
{
	before_load(c);
	memset(c->touched, 0, sizeof(c->touched));
	err_clear();
}

/* Go back to the settings from before, in memory and in force. 1: change_forced() comes later */
static int change_undo(struct change *c)
{
	struct err why;
	err_copy(&why);
	before_load(c);
	const struct row *r = NULL;
	while ((r = row_next(c->obj->type, r)) != NULL)
		if (is_touched(c, r) && r->apply != NULL && r->apply(c->obj, r) < 0)
			log_error("%s: %s: going back: %s", c->obj->name, r->name, err_text());
	int forced = force(c->obj);
	if (forced < 0)
		log_error("%s: going back: %s", c->obj->name, err_text());
	obj_changed(c->obj);
	err_restore(&why);
	return forced;
}

/* False: the object is gone with the change. */
static bool change_refuse(struct change *c)
{
	if (c->req != NULL)
		error_refuse(c->req, c->obj, c->what);
	else
		log_warn("%s: %s: %s", c->obj->name, c->what, err_text());
	if (c->failed != NULL)
		c->failed(c);
	bool stays = c->obj != NULL;
	change_free(c);
	return stays;
}

static void changed_report(struct change *c)
{
	const struct row *r = NULL;
	if (c->obj->type->changed == NULL)
		return;
	while ((r = row_next(c->obj->type, r)) != NULL)
		if (is_touched(c, r))
			c->obj->type->changed(c->obj, r);
}

static void next_begin(struct obj *o)
{
	if (o->saving != NULL || list_empty(&o->writes))
		return;
	struct change *c = container_of(o->writes.next, struct change, link);
	list_del(&c->link);
	change_begin(c);
}

static bool save_is_due(const struct obj *o)
{
	if (o->saving != NULL && o->saving->act == NULL)
		return true;
	list_each(c, &o->writes, struct change, link)
		if (c->act == NULL)
			return true;
	return false;
}

/* A change of o has ended, which was or was not a mere save. Last, as o may go with what waits for
 * it. */
static void go_on(struct obj *o, bool was_save)
{
	next_begin(o);
	if (was_save && o->type->saved != NULL && !save_is_due(o))
		o->type->saved(o);
}

static void refusal_answer(struct change *c)
{
	struct obj *o = c->obj;
	bool was_save = c->act == NULL;
	o->saving = NULL;
	err_restore(&c->why);
	if (change_refuse(c))
		go_on(o, was_save);
}

/* The reason is in the error. What the object has come to by itself stays so, its `error` too,
 * which its settings have. */
static void change_fail(struct change *c)
{
	c->obj->saving = c;
	err_copy(&c->why);
	c->forcing = c->act != NULL && change_undo(c) > 0;
	if (!c->forcing)
		refusal_answer(c);
}

static void on_saved(void *arg, const struct err *e)
{
	struct change *c = arg;
	struct obj *o = c->obj;
	if (o == NULL) { /* the object was removed while its settings were being written */
		change_free(c);
		return;
	}
	if (e != NULL) {
		err_restore(e);
		change_fail(c);
		return;
	}
	bool was_save = c->act == NULL;
	o->saving = NULL;
	changed_report(c);
	if (c->answer != NULL)
		c->answer(c);
	change_free(c);
	go_on(o, was_save);
}

static int size_check(size_t size)
{
	if (size <= WRITER_TEXT_MAX)
		return 0;
	return err_set(ERANGE, "its settings would be %zu bytes together, of at most %d: give less",
	    size, WRITER_TEXT_MAX);
}

/* Ask the object for its settings as this change leaves them. */
static void settings_after(struct change *c, struct buf *after)
{
	saved = c;
	settings_save(c->obj, after);
	saved = NULL;
}

bool change_is_new(const struct obj *o, const struct row *r)
{
	return saved != NULL && saved->obj == o && is_touched(saved, r);
}

/* Change the object and say what is to be saved. */
static int act_run(struct change *c, struct buf *after)
{
	struct obj *o = c->obj;
	if (o->removing)
		return err_set(ENOENT, "it is being removed");
	if (o->unreadable)
		return err_set(EIO, "its settings can't be read: mend its file, mount again");
	acting = c;
	int result = c->act != NULL ? c->act(c) : 0;
	acting = NULL;
	if (result < 0)
		return -1;
	settings_after(c, after);
	return size_check(after->len);
}

static int force_new(struct change *c)
{
	acting = c;
	int result = force(c->obj);
	acting = NULL;
	if (result <= 0)
		req_watch(c->req, false);
	return result;
}

static void change_begin(struct change *c)
{
	struct buf after = {0};
	struct obj *o = c->obj;
	c->before = settings_text(o);
	req_hold(c->req, &c->req);
	int result = act_run(c, &after);
	if (result == 0)
		result = force_new(c);
	if (result < 0) {
		buf_finish(&after);
		change_fail(c);
		return;
	}
	obj_changed(o);
	o->saving = c;
	c->forcing = result > 0;
	if (!c->forcing)
		writer_put(o->id, o->type->fleeting, buf_text(&after), after.len, on_saved, c);
	buf_finish(&after);
}

void change_forced(struct obj *o, const struct err *e)
{
	struct change *c = o->saving;
	if (c == NULL || !c->forcing)
		return;
	c->forcing = false;
	if (c->why.code != 0) {
		refusal_answer(c);
	} else if (e != NULL) {
		size_t n = strlen(c->what); /* a sentence that names the file already */
		bool named =
		    strncmp(e->text, c->what, n) == 0 && strncmp(e->text + n, ": ", 2) == 0;
		err_set(e->code, "%s", e->text + (named ? n + 2 : 0));
		change_fail(c);
	} else {
		struct buf after = {0};
		settings_after(c, &after); /* made again: its state may have changed meanwhile */
		if (size_check(after.len) < 0)
			change_fail(c);
		else
			writer_put(
			    o->id, o->type->fleeting, buf_text(&after), after.len, on_saved, c);
		buf_finish(&after);
	}
}

void change_start(const struct change *template)
{
	struct change *c = xcalloc(1, sizeof(*c));
	*c = *template;
	if (c->req != NULL) {
		c->uid = c->req->uid;
		c->gid = c->req->gid;
	}
	list_init(&c->link);
	if (c->obj->saving == NULL) {
		change_begin(c);
		return;
	}
	req_hold(c->req, &c->req);
	list_add_tail(&c->obj->writes, &c->link);
}

static int act_write(struct change *c)
{
	return settings_set(c->obj, c->row, c->text);
}

static void answer_wrote(struct change *c)
{
	if (c->row->saved != NULL) {
		c->row->saved(c->obj, c->req);
		return;
	}
	if (c->req != NULL)
		req_wrote(c->req, c->req->size);
}

void change_write(struct req *r, const struct node *n, const char *text)
{
	change_start(&(struct change){.obj = n->obj,
	    .req = r,
	    .row = n->row,
	    .what = n->row->name,
	    .text = xstrdup(text),
	    .act = act_write,
	    .answer = answer_wrote});
}

static int act_attr(struct change *c)
{
	struct node n = {c->obj, c->row, 0};
	c->attr.ctime = now_ns();
	node_set_attr(&n, &c->attr);
	return 0;
}

static void answer_attr(struct change *c)
{
	struct node n = {c->obj, c->row, 0};
	if (c->req != NULL)
		req_attr(c->req, &n);
}

void change_attr(struct req *r, const struct node *n, const struct attr *a)
{
	change_start(&(struct change){.obj = n->obj,
	    .req = r,
	    .row = n->row,
	    .what = node_name(n),
	    .attr = *a,
	    .act = act_attr,
	    .answer = answer_attr});
}

static int act_put(struct change *c)
{
	if (c->row->put(c->obj, c->off, c->text, c->size) < 0)
		return -1;
	change_touch(c->obj, c->row);
	return 0;
}

static void answer_put(struct change *c)
{
	if (c->req != NULL)
		req_wrote(c->req, c->size);
}

void change_put(struct req *r, const struct node *n, const char *bytes, size_t len)
{
	change_start(&(struct change){.obj = n->obj,
	    .req = r,
	    .row = n->row,
	    .what = n->row->name,
	    .text = memcpy(xcalloc(1, len + 1), bytes, len),
	    .size = len,
	    .off = r->off,
	    .act = act_put,
	    .answer = answer_put});
}

static int act_size(struct change *c)
{
	if (c->row->resize(c->obj, c->size) < 0)
		return -1;
	act_attr(c);
	change_touch(c->obj, c->row);
	return 0;
}

void change_size(struct req *r, const struct node *n, const struct attr *a, uint64_t size)
{
	change_start(&(struct change){.obj = n->obj,
	    .req = r,
	    .row = n->row,
	    .what = n->row->name,
	    .size = size,
	    .attr = *a,
	    .act = act_size,
	    .answer = answer_attr});
}

void change_save(struct obj *o)
{
	list_each(c, &o->writes, struct change, link)
		if (c->act == NULL)
			return; /* one waits already */
	change_start(&(struct change){.obj = o, .what = "save"});
}

void change_forget(struct obj *o)
{
	if (o->saving != NULL)
		o->saving->obj = NULL;
	if (o->saving != NULL && o->saving->req != NULL) {
		req_fail(o->saving->req, ENOENT);
		o->saving->req = NULL;
	}
	if (o->saving != NULL && o->saving->forcing)
		change_free(o->saving);
	list_each(c, &o->writes, struct change, link) {
		list_del(&c->link);
		if (c->req != NULL)
			req_fail(c->req, ENOENT);
		change_free(c);
	}
}
