/* Whether a zone that runs could boot now, looked at before it is ended for that. */
#ifndef WARREN_ZONE_PREFLIGHT_H
#define WARREN_ZONE_PREFLIGHT_H

#include "host/ask.h"
#include "zone/zone.h"

/* Its settings are looked at now; the host's paths and the program of process 1 by the helper,
 * whose reply done() gets later, with z. -1: it can't boot, or not be looked at */
int preflight_ask(struct zone *z, helper_done *done);

#endif
