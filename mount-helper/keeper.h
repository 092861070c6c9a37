/* The helper's loop: it keeps the mount and the daemon behind it. */
#ifndef WARREN_MOUNT_HELPER_KEEPER_H
#define WARREN_MOUNT_HELPER_KEEPER_H

#include "mount-helper/kit/helper.h"

/* Run until the mount is gone. `*report` (-1: none) gets an empty struct err when the tree answers,
 * and is closed. Returns 0, or -1 if the tree never answered. */
int keeper_run(struct helper *h, int *report);

#endif
