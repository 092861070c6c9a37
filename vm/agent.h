/* The guest agent (qemu-ga), by which a guest does from inside what its host asks. The monitor
 * talks to it (monitor/vm/agent.h); here is what the daemon knows of it. */
#ifndef WARREN_VM_AGENT_H
#define WARREN_VM_AGENT_H

#include "vm/vm.h"

void agent_told(struct zone *z, const struct mon_event *e); /* zone_kind::agent_told */
int agent_check(struct zone *z); /* zone_kind::exec_check */

#endif
