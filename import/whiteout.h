/* Names in a layer of an image that take something away from the layers below. */
#ifndef WARREN_IMPORT_WHITEOUT_H
#define WARREN_IMPORT_WHITEOUT_H

#include <stdbool.h>

/* Does this name take something away? */
bool whiteout_is(const char *path);

/* Take it away. */
int whiteout_apply(const char *path);

#endif
