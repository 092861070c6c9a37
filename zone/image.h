/* The image of a zone or a VM. */
#ifndef WARREN_ZONE_IMAGE_H
#define WARREN_ZONE_IMAGE_H

#include "zone/zone.h"

/* Does it use this image, or will it at its next boot? */
bool zone_uses(struct zone *z, const struct image *m);

int zone_image_check(struct obj *o, const struct row *r); /* row::check of a zone's image */
bool zone_image_name(
    struct zone *z, unsigned i, char name[NAME_LEN + 1]); /* zone_kind::image of zones */

#endif
