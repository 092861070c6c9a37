/* After a zone's end: what is left of it beside its private files. */
#ifndef WARREN_MOUNT_HELPER_CLEAN_H
#define WARREN_MOUNT_HELPER_CLEAN_H

#include <stdbool.h>
#include <stdint.h>

#include "mount-helper/kit/dirs.h"

/* Remove its groups, its monitor (if nobody has told that to end), its socket and that of its
 * display. False: it would take time. */
bool clean_at_once(const struct dirs *d, uint64_t id);

/* The same, killing what is left in the groups. Waits, at most 10 s. */
int clean(const struct dirs *d, uint64_t id);

#endif
