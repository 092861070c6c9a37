/* Whether a zone or VM that runs could boot now, before it is ended for that. */
#ifndef WARREN_MOUNT_HELPER_BUILD_PREFLIGHT_H
#define WARREN_MOUNT_HELPER_BUILD_PREFLIGHT_H

#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

/* HELPER_PREFLIGHT, in a worker. Opens what a boot would, as the same users, and makes nothing. -1:
 * what is not fit, as a boot would say it */
int preflight(const struct helper *h, const struct helper_preflight *q, int list);

#endif
