/* The image that a zone's root, or a VM's disk, is made of. */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/word.h"
#include "fs/change.h"
#include "zone/zone.h"

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

/* What was allowed when it was set is allowed. */
int zone_image_take(struct zone *z)
{
	char name[NAME_LEN + 1];
	z->image_id = 0;
	if (z->kind->image == NULL || !z->kind->image(z, name))
		return 0;
	const struct image *m = image_for(name, z->kind->image_type, &(struct author){0});
	if (m == NULL)
		return -1;
	z->image_id = m->obj.id;
	change_save(&z->l.obj); /* for a daemon after us */
	return 0;
}
