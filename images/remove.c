/* Removing an image: first its settings tell that it is empty, then its files go, then the
 * settings. A daemon that starts in between finds an empty image, and deletes what is left of its
 * files. */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "fs/change.h"
#include "fs/entry.h"
#include "images/image.h"
#include "host/ask.h"
#include "host/event.h"
#include "images/import.h"
#include "images/remove.h"

struct removal {
	struct image *image;
	struct req *req; /* of rmdir; NULL: interrupted, or a command waits for it (fs/entry.h) */
};

void image_kept(struct obj *o)
{
	struct image *m = image_of(o);
	free(m->removal);
	m->removal = NULL;
}

void image_leaves(struct obj *o, const struct req *r)
{
	if (!event_was_told_before(o, r, "destroyed"))
		image_event(image_of(o), "destroyed", "%s", "");
}

static void files_removed(void *arg, const struct helper_reply *reply, int fd)
{
	struct removal *d = arg;
	fd_close(&fd);
	if (reply->err.code != 0) {
		err_restore(&reply->err);
		entry_keep(&d->image->obj, d->req);
	} else {
		entry_remove(&d->image->obj, d->req);
	}
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
	entry_keep(c->obj, image_of(c->obj)->removal->req);
}

int image_remove(struct obj *o, struct req *r)
{
	struct image *m = image_of(o);
	if (m->removal != NULL)
		return err_set(ENOENT, "it is being removed");
	if (image_unused(m) < 0)
		return -1;
	struct removal *d = xcalloc(1, sizeof(*d));
	d->image = m;
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
