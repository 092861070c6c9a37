/* STATE/images/ID: what an image holds, filled once and read ever after. */
#ifndef WARREN_MOUNT_HELPER_IMAGE_IMPORT_H
#define WARREN_MOUNT_HELPER_IMAGE_IMPORT_H

#include <stdbool.h>

#include "mount-helper/kit/requester.h"
#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

/* In a worker. Answers the daemon and closes requester->end when the import has begun, waits for
 * it, reports its progress on `report` (borrowed), and never returns. -1: it could not be begun.
 * When the other end of report closes, the import is given up. Nothing is left of a failed
 * import. */
int import(const struct helper *h, const struct helper_image_import *want, int report,
    struct requester *requester);

/* Delete an image, or what is left of an import. Waits for one that is being given up. */
int import_remove(int images, uint64_t id);
bool import_is_none(int images, uint64_t id); /* there is nothing to delete */

#endif
