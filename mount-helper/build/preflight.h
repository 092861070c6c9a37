/* Checking whether a running zone or VM could boot now, before it is ended for a reboot. */
#ifndef WARREN_MOUNT_HELPER_BUILD_PREFLIGHT_H
#define WARREN_MOUNT_HELPER_BUILD_PREFLIGHT_H

#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

/* HELPER_PREFLIGHT, in a worker. Opens what a boot would open, as the same users, and makes
 * nothing. -1: with the error that the boot would have */
int preflight(const struct helper *h, const struct helper_preflight *q, int list);

#endif
