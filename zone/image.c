/* The image that a zone's root, or a VM's disk, is made of. */
#include "zone/image.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/word.h"
#include "fs/change.h"
#include "zone/parts.h"

#define HOST "host" /* the host's /usr, and no image */

bool zone_image_name(struct zone *z, char name[NAME_LEN + 1])
{
	if (z->image.s == NULL || strcmp(z->image.s, HOST) == 0)
		return false;
	memccpy(name, z->image.s, '\0', NAME_LEN);
	name[NAME_LEN] = '\0';
	return true;
}

int zone_image_check(struct obj *o, const struct row *r)
{
	char name[NAME_LEN + 1];
	struct author a;
	char q[80];
	struct zone *z = zone_of(o);
	images_used();
	if (z->image.s == NULL)
		return err_set(EINVAL, "a zone has a root: %s", r->wanted);
	if (!zone_image_name(z, name))
		return 0;
	if (!word_is_name(name))
		return err_set(EINVAL, "\"%s\" is no name of an image: %s",
		    word_quote(name, q, sizeof(q)), r->wanted);
	if (change_author(&a) < 0)
		return -1;
	return image_for(name, IMAGE_ROOT, &a) != NULL ? 0 : -1;
}

bool zone_uses(struct zone *z, const struct image *m)
{
	char name[NAME_LEN + 1];
	if (z->image_id == m->obj.id)
		return true;
	return z->kind->image != NULL && z->kind->image(z, name) && strcmp(name, m->obj.name) == 0;
}

/* ---- as a part of its zone ---- */

/* -1: it is not there any more. What was allowed when it was set is allowed. */
static int take(struct zone *z, struct zone_request *r)
{
	char name[NAME_LEN + 1];
	if (z->kind->image == NULL || !z->kind->image(z, name))
		return 0;
	const struct image *m = image_for(name, z->kind->image_type, &(struct author){0});
	if (m == NULL)
		return -1;
	r->q.zone.image = m->obj.id;
	return 0;
}

static int begin(struct zone *z, struct zone_request *r)
{
	z->image_id = r->q.zone.image;
	if (z->image_id != 0)
		change_save(&z->l.obj); /* for a daemon after us */
	return 0;
}

static void forget_unless_runs(struct zone *z)
{
	if (!zone_runs(z))
		z->image_id = 0;
}

static void save(const struct zone *z, struct buf *b)
{
	if (z->image_id != 0 && zone_runs(z))
		buf_printf(b, "runs-on %" PRIu64 "\n", z->image_id);
}

static int load(struct zone *z, const char *key, char *value)
{
	return strcmp(key, "runs-on") == 0 ? word_u64(value, "", &z->image_id) : 1;
}

const struct zone_part image_part = {.save = save,
    .load = load,
    .take = take,
    .begin = begin,
    .entered = forget_unless_runs,
    .found = forget_unless_runs};
