/* Checking whether a running zone could boot now, before it is ended for a reboot. */
#ifndef WARREN_ZONE_PREFLIGHT_H
#define WARREN_ZONE_PREFLIGHT_H

#include "host/ask.h"
#include "zone/zone.h"

/* Check its settings at once; host paths and the program of process 1 are checked by the helper,
 * whose reply done() gets later, with z. -1: it can't boot, or can't be checked */
int preflight_ask(struct zone *z, helper_done *done);

#endif
