/* The layers of a zone's own files, each over the one below it (protocol/helper.h, helper_stack).
 *
 * A layer has files over the host's /usr (image 0) and over each image that the zone ran on with
 * it; what it has not, it leaves to the layers below:
 *
 *	STATE/roots/ID                             layer 0 over the host's /usr (private.h)
 *	STATE/roots/ID.layers/IMAGE/upper          layer 0 over an image (layer.h)
 *	STATE/roots/ID.snapshots/N/IMAGE/upper     layer N; IMAGE is 0 over the host's /usr
 *
 * Only the top of a zone that runs is written to. */
#ifndef WARREN_MOUNT_HELPER_BUILD_STACK_H
#define WARREN_MOUNT_HELPER_BUILD_STACK_H

#include <stdbool.h>

#include "mount-helper/build/boot.h"
#include "protocol/helper.h"

enum { STACK_NAME = 64 };
void stack_name(const char *zone, char to[STACK_NAME]); /* ID.snapshots, in STATE/roots */

/* A layer's files over an image, the caller's descriptor. -1: ENOENT, it has none */
int stack_tree(int roots, const char *zone, uint32_t layer, uint64_t image);

/* {upper,work} of such a layer, made where it is missing; upper has this owner and mode. */
int stack_top(int roots, const struct boot *b, mode_t mode);

/* In the host's mount namespace: open what lies below the top into b->lowers, over b's image. */
int stack_open(struct boot *b);

/* In the zone's future mount namespace, whose root is a new tmpfs: mount all of b->lowers, with
 * b->layer over them, and the image below if there is one. The new mount, attached nowhere. */
int stack_mount(struct boot *b);

/* A zone on the host's /usr whose private files have layers: bind its directories (bind.h) from
 * the mount of the stack. */
int stack_bind(struct boot *b, const struct bind_row *rows, size_t n);

bool stack_is_there(int roots, const char *zone); /* has it layers other than 0? */
int stack_remove(int roots, const char *zone); /* delete them */

#endif
