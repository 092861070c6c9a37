/* A zone's layers over images: STATE/roots/ID/layer...
 *
 * STATE/roots/ID.layers/IMAGE: a layer for each image, so that a change of `image` neither mixes
 * layers nor loses files. */
#ifndef WARREN_MOUNT_HELPER_BUILD_LAYER_H
#define WARREN_MOUNT_HELPER_BUILD_LAYER_H

#include <stdint.h>
#include <sys/types.h>

/* The directory of the zone's layer over an image, {upper,work}, made where there is none; its root
 * has this owner and mode. A zone that changes between images has a layer over each. */
int layer_open(int roots, const char *name, uint64_t image, uid_t owner, mode_t mode);

int layer_subdir(int at, const char *name); /* made if it is missing; the caller's descriptor */

/* Make {upper,work} in a layer's directory, as above. */
int layer_fill(int one, uid_t owner, mode_t mode);

/* The directory that this is in; the caller's descriptor. */
int layer_dir(int roots, const char *name, uint64_t image);

int layer_find(int roots, const char *name, uint64_t image); /* that; -1: ENOENT, there is none */

/* Delete a zone's layers, whatever it has left there. */
int layers_remove(int roots, const char *name);

#endif
