/* Two layers of a zone's files (stack.h) become one.
 *
 * The new layer is made of hard links, so it takes no room but that of its directories, and the two
 * stay as they are: whoever goes on with them has lost nothing, whenever this is cut short. Then
 * the daemon's settings name the new layer, and the two are dropped. */
#ifndef WARREN_MOUNT_HELPER_BUILD_MERGE_H
#define WARREN_MOUNT_HELPER_BUILD_MERGE_H

#include "mount-helper/kit/helper.h"
#include "mount-helper/kit/requester.h"
#include "protocol/helper.h"

/* Make q->into of the first layer of q->stack, over the second; of a zone that does not run. What
 * is there of it already is made anew. -1: EOPNOTSUPP, such a layer can't be merged: one whose
 * directories are nested too deep, or that an overlay with redirects or metacopy has written. */
int layers_merge(
    const struct helper *h, const struct helper_layers *q, const struct requester *daemon);

/* Delete the layers of q->stack. */
int layers_drop(const struct helper *h, const struct helper_layers *q);

#endif
