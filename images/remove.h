/* Removing an image. */
#ifndef WARREN_IMAGES_REMOVE_H
#define WARREN_IMAGES_REMOVE_H

#include "images/image.h"

/* dir_row::remove, ::removed and ::kept of images. */
int image_remove(struct obj *o, struct req *r);
void image_leaves(struct obj *o, const struct req *r);
void image_kept(struct obj *o);

#endif
