/* The commands of ctl. */
#ifndef WARREN_ZONE_VERBS_H
#define WARREN_ZONE_VERBS_H

#include "fs/ctl.h"
#include "zone/zone.h"

extern const struct command_row zone_commands[]; /* of zones and VMs */
extern const struct command_row zone_own_commands[]; /* those that zones alone have */

/* Complete the commands that wait for the state that the zone has now. */
void verbs_settle(struct zone *z);

/* Parse ROWS COLS, the words of the verb size, into rows << 16 | columns. -1: refused */
int verbs_size(const struct command *c, uint32_t *size);

#endif
