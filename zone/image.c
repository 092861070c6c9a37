/* The images that a zone's root, or a VM's disks, are made of. */
#include "zone/image.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/word.h"
#include "fs/change.h"
#include "zone/parts.h"

#define HOST "host" /* the host's /usr, and no image */

bool zone_image_name(struct zone *z, unsigned i, char name[NAME_LEN + 1])
{
	if (i > 0 || z->image.s == NULL || strcmp(z->image.s, HOST) == 0)
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
	if (!zone_image_name(z, 0, name))
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
	for (unsigned i = 0; i < ZONE_IMAGES; i++)
		if (z->image_ids[i] == m->obj.id ||
		    (z->kind->image(z, i, name) && strcmp(name, m->obj.name) == 0))
			return true;
	return false;
}

/* ---- as a part of its zone ---- */

/* -1: the image is not there any more. Its permissions were checked when it was set, and not
 * again. */
static int fill(struct zone *z, struct zone_request *r)
{
	char name[NAME_LEN + 1];
	for (unsigned i = 0; i < ZONE_IMAGES; i++) {
		if (!z->kind->image(z, i, name))
			continue;
		const struct image *m = image_for(name, z->kind->image_type, &(struct author){0});
		if (m == NULL)
			return -1;
		r->images[i] = m->obj.id;
	}
	if (z->kind->image_type == IMAGE_ROOT)
		r->q.zone.image = r->images[0];
	return 0;
}

static bool has_images(const struct zone *z)
{
	for (unsigned i = 0; i < ZONE_IMAGES; i++)
		if (z->image_ids[i] != 0)
			return true;
	return false;
}

static int begin(struct zone *z, struct zone_request *r)
{
	memcpy(z->image_ids, r->images, sizeof(z->image_ids));
	if (has_images(z))
		change_save(&z->l.obj); /* for a daemon after us */
	return 0;
}

static void forget_unless_runs(struct zone *z)
{
	if (!zone_runs(z))
		memset(z->image_ids, 0, sizeof(z->image_ids));
}

static void save(const struct zone *z, struct buf *b)
{
	for (unsigned i = 0; i < ZONE_IMAGES && zone_runs(z); i++)
		if (z->image_ids[i] != 0)
			buf_printf(b, "runs-on %" PRIu64 "\n", z->image_ids[i]);
}

/* A line for each image; which disk has which does not matter. All are there already where a change
 * is undone. */
static int load(struct zone *z, const char *key, char *value)
{
	uint64_t id;
	unsigned i = 0;
	if (strcmp(key, "runs-on") != 0)
		return 1;
	if (word_u64(value, "", &id) < 0)
		return -1;
	while (i < ZONE_IMAGES - 1 && z->image_ids[i] != 0 && z->image_ids[i] != id)
		i++;
	z->image_ids[i] = id;
	return 0;
}

const struct zone_part image_part = {.save = save,
    .load = load,
    .fill = fill,
    .begin = begin,
    .entered = forget_unless_runs,
    .found = forget_unless_runs};
