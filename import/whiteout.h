/* Whiteouts: names in a layer that remove something of the layers below. */
#ifndef WARREN_IMPORT_WHITEOUT_H
#define WARREN_IMPORT_WHITEOUT_H

#include <stdbool.h>

/* Is this the name of a whiteout? */
bool whiteout_is(const char *path);

/* Remove what the whiteout stands for. */
int whiteout_apply(const char *path);

#endif
