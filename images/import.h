/* Filling an image: by the helper, whose child reports how far it is. */
#ifndef WARREN_IMAGES_IMPORT_H
#define WARREN_IMAGES_IMPORT_H

#include "images/image.h"

extern const struct command_row image_commands[];
void image_event(struct image *m, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Delete what an import before this daemon has left. */
void image_find_left(struct image *m);

/* Give up the import. No command waits then, unless it succeeded and that is being saved. */
void image_import_end(struct image *m);

#endif
