/* Removing an image. */
#ifndef WARREN_IMAGES_REMOVE_H
#define WARREN_IMAGES_REMOVE_H

#include "images/image.h"

/* For rmdir (r) or for a command. -1: refused */
int image_remove(struct image *m, struct req *r, struct command *c);

/* obj_type::removed and ::kept of an image. */
void image_removed(struct obj *o);
void image_kept(struct obj *o);

#endif
