/* Removing an image: first its settings tell that it is empty, then its files go, then the settings. A
 * daemon that starts in between finds an empty image, and deletes what is left of its files. */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/writer.h"
#include "fs/change.h"
#include "fs/file.h"
#include "images/image.h"
#include "zone/helper.h"

struct removal {
	struct image *image;
	struct req *req; /* who waits for it: rmdir, unless it was interrupted, */
	struct command *command; /* or a command */
};

static void not_removed(struct removal *d)
{
	struct image *m = d->image;
	m->removal = NULL;
	m->obj.going = false;
	if (d->req != NULL)
		file_refuse(d->req, &m->obj, "rmdir");
	else if (d->command != NULL)
		command_done(d->command, false);
	free(d);
}

static void forgotten(void *arg, const struct err *e)
{
	struct removal *d = arg;
	struct image *m = d->image;
	if (e != NULL) {
		err_take(e);
		not_removed(d);
		return;
	}
	struct node slot = {m->obj.parent, m->obj.slot, 0};
	node_touch(&slot);
	change_save(m->obj.parent);
	image_event(m, "destroyed", "%s", "");
	if (d->command != NULL)
		command_done(d->command, true);
	obj_destroy(&m->obj);
	if (d->req != NULL)
		req_done(d->req);
	free(d);
}

static void files_removed(void *arg, const struct helper_reply *reply, int fd)
{
	struct removal *d = arg;
	fd_close(&fd);
	if (reply->err.code != 0) {
		err_take(&reply->err);
		not_removed(d);
		return;
	}
	d->image->obj.going = true;
	writer_delete(d->image->obj.id, false, forgotten, d);
}

static void files_remove(struct removal *d)
{
	struct helper_image_remove q = {.id = d->image->obj.id};
	helper_ask(HELPER_IMAGE_REMOVE, &q, sizeof(q), NULL, 0, files_removed, d);
}

static int act_empty(struct change *c)
{
	image_of(c->obj)->filled = false;
	return 0;
}

static void answer_empty(struct change *c)
{
	files_remove(image_of(c->obj)->removal);
}

static void not_emptied(struct change *c)
{
	not_removed(image_of(c->obj)->removal);
}

int image_remove(struct image *m, struct req *r, struct command *c)
{
	if (m->removal != NULL)
		return err_set(ENOENT, "it is being removed");
	if (image_unused(m) < 0)
		return -1;
	struct removal *d = xcalloc(1, sizeof(*d));
	*d = (struct removal){.image = m, .command = c};
	m->removal = d;
	req_hold(r, &d->req);
	image_import_end(m);
	if (m->filled || m->command != NULL)
		change_start(&(struct change){.obj = &m->obj,
			.what = "remove",
			.act = act_empty,
			.answer = answer_empty,
			.failed = not_emptied});
	else
		files_remove(d);
	return 0;
}
