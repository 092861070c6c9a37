/* The root of a zone on an image: the image, and the layer of the zone over it (overlayfs). */
#ifndef WARREN_MOUNT_HELPER_BUILD_OVERLAY_H
#define WARREN_MOUNT_HELPER_BUILD_OVERLAY_H

#include "mount-helper/build/boot.h"

/* In the host's mount namespace, as root: open image and layer. Then, in the zone's future mount
 * namespace: mount the overlay of both over "/". */
int overlay_open(struct boot *b);
int overlay_mount(struct boot *b);

/* Would that work on this host? The calling process has an empty root from then on. -1: EOPNOTSUPP,
 * what is missing */
int overlay_probe(const struct helper *h);

#endif
